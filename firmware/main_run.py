"""Parts of the run personality: station, claim, cloud link, application. No portal code."""

import asyncio

from micropython import const

from cloud.link import Cloud, Link, Server
from core import log
from core.clock import Backoff, to_ms
from net import radio as wifi
from net.mqtt import Mqtt, MqttError
from net.stream import LookupFailed
from provisioning import errors
from provisioning.errors import Failure

_MESSAGE = const(1024)  # bytes of the largest message we take

_JOIN = {
    wifi.TIMEOUT: errors.NETWORK_TIMEOUT,
    wifi.NOT_FOUND: errors.NOT_FOUND,
    wifi.WRONG_PASSWORD: errors.WRONG_PASSWORD,
    wifi.TURNED_AWAY: errors.NETWORK,
    wifi.NO_ADDRESS: errors.NO_ADDRESS,
}


def equip(agent):
    """Hang the connection on the agent and start the application."""
    product = agent.product
    cloud = Cloud()
    agent.backoff = Backoff(to_ms(product.BACKOFF_FIRST_S), to_ms(product.BACKOFF_MOST_S))
    agent.connection = Connection(product, agent.radio, agent.uid, cloud)
    agent.clicked = lambda count: cloud.clicked(count)  # looked up late: the application replaces it
    agent.application = asyncio.create_task(_application(cloud))


async def _application(cloud):
    """A mistake in the application ends the application, not the device."""
    try:
        import app

        await app.run(cloud)
    except Exception as e:
        log.exception("app", e)


class Connection:
    """What the run states ask of radio and cloud; every failure comes out as a Failure with its code."""

    def __init__(self, product, radio, uid, cloud):
        self._product = product
        self._radio = radio
        self._uid = uid
        self._cloud = cloud
        self._link = None
        self._buffer = memoryview(bytearray(_MESSAGE))  # once: later the heap may have no such piece left
        self._serving = False
        self.command = None  # what the cloud has ordered: "reboot" or "reconfigure"

    def joined(self):
        return self._radio.joined()

    def leave(self):
        self._radio.leave()

    async def join(self, network):
        """Join this network."""
        ms = to_ms(self._product.NET_TIMEOUT_S)
        try:
            await self._radio.join(network.ssid, network.password, network.static, ms)
        except wifi.JoinError as e:
            raise Failure(_JOIN[e.reason])
        log.info("wifi", "joined, address", self._radio.address())

    async def claim(self, code):
        """(token, server) for a claim code."""
        from net.fetch import post_json
        from provisioning.claim import exchange

        url = self._product.CLAIM_URL
        if not url:
            raise Failure(errors.CONFIG, "this product has no CLAIM_URL")
        ms = to_ms(self._product.PATIENCE_S)
        answer = exchange(
            lambda message: post_json(url, message, ms), code, self._uid, self._product.TEMPLATE_ID
        )
        return await self._explained(answer)

    async def open(self, account):
        """Log in to the account's server."""
        product = self._product
        try:
            server = Server(account.server or product.SERVER)
        except ValueError as e:
            raise Failure(errors.CONFIG, str(e))
        log.info(
            "cloud", "connecting to", server.host, server.port, "over TLS" if server.tls else "in plain text"
        )
        if server.tls:
            raise Failure(errors.TLS, "TLS is not built yet: use an mqtt:// server")
        info = {
            "tmpl": product.TEMPLATE_ID,
            "ver": product.FIRMWARE_VERSION,
            "build": product.FIRMWARE_BUILD,
            "type": product.FIRMWARE_TYPE,
            "rxbuff": _MESSAGE,
        }
        self.command = None
        link = Link(self._mqtt, server, self._cloud, self._obey)
        self._link = link
        try:
            await self._explained(link.open(account.token, product.KEEPALIVE_S, info))
        except BaseException:
            await self.close()
            raise

    async def serve(self):
        """Until the link is lost (a Failure) or a command has ended it."""
        watch = asyncio.create_task(self._watch_radio())
        self._serving = True
        try:
            if not self.command:
                await self._explained(self._link.run())
        except Failure:
            if not self.command:
                raise
        finally:
            self._serving = False
            watch.cancel()
            await self.close()

    async def _watch_radio(self):
        """The radio knows that the network is gone long before the keepalive does."""
        while self._radio.joined():
            await asyncio.sleep(1)
        log.warn("wifi", "network lost")
        self._link.stop()

    async def close(self):
        link, self._link = self._link, None
        if link:
            await link.close()

    def _mqtt(self, on_message):
        return Mqtt(on_message, to_ms(self._product.PATIENCE_S), self._buffer)

    def _obey(self, command):
        if command in ("reboot", "reconfigure"):
            self.command = command
            if self._serving:  # while it still logs in, that is finished first
                self._link.stop()
        elif command != "ping":  # its PUBACK is the answer
            log.warn("cloud", "not understood:", command)

    async def _explained(self, job):
        """Await it; what the network throws becomes a Failure."""
        try:
            return await job
        except LookupFailed:
            raise Failure(errors.DNS)
        except MqttError as e:
            raise Failure(errors.BAD_TOKEN if e.code in (4, 5) else errors.CLOUD, _words(e))
        except asyncio.TimeoutError:
            raise Failure(errors.CLOUD_TIMEOUT)
        except ValueError as e:  # how MicroPython refuses a certificate, and a URL that is none
            raise Failure(errors.TLS, str(e))
        except (OSError, EOFError) as e:
            log.info("cloud", "network:", e)
            raise Failure(errors.CLOUD_TIMEOUT, "the cloud could not be reached, or broke off")


def _words(error):
    if error.code in (4, 5):
        return ""
    return "the broker: {} {}".format(error.args[0], error.code or "")
