"""How the states reach the cloud: claim, TLS, log-in, redirects; every failure comes out with its code."""

import asyncio

from cloud.link import Link
from cloud.server import Server
from core import log
from core.clock import Deadline, to_ms
from core.late import forget
from main_wifi import Wifi
from net.mqtt import Mqtt
from provisioning import errors
from provisioning.errors import Failure

_PORTAL_LIKE = (errors.CLOUD_TIMEOUT, errors.CLOUD, errors.TLS)  # how a captive portal looks to a device


class Connection(Wifi):
    """What the run states, and a live try, ask of radio and cloud."""

    def __init__(self, agent, cloud):
        # An ESP8266 writes its flash at each change of access point.
        super().__init__(agent.product, agent.radio, 2 if agent.dual else 1)
        self._uid = agent.uid
        self._verifies = agent.dual
        self._cloud = cloud
        self._link = None
        self._home = ""  # the account's server, as it is written
        self._server = None
        self._redirects = None  # where it has sent us, if it ever does
        self._security = None
        self._buffer = memoryview(bytearray(self._product.MESSAGE))  # once: later no such piece may be left
        self._patience = to_ms(self._product.PATIENCE_S)
        self._serving = False
        self._moved = False
        self.stable = False  # the session has lasted
        self.command = None  # what the cloud has ordered: "reboot" or "reconfigure"
        self._radio.awake = not self._product.WIFI_SLEEP

    async def claim(self, code):
        """(token, server) for a claim code."""
        from provisioning.claim import exchange

        if not self._product.CLAIM_URL:
            raise Failure(errors.CONFIG, "this product has no CLAIM_URL")
        answer = exchange(self._post, code, self._uid, self._product.TEMPLATE_ID)
        token, server, now = await self._explained(answer, True)
        if now and self._verifies:
            self._tls().clock.set(now)
        return token, server

    async def open(self, account):
        """Log in to the account's server, or where that has sent us."""
        text = account.server or self._product.SERVER
        if not self._verifies and self._product.ESP8266_TLS == "plain" and "://" not in text:
            text = "mqtt://" + text
        if text != self._home:
            try:
                self._server = Server(text)
            except ValueError as e:
                raise Failure(errors.CONFIG, str(e))
            self._home = text
            self._redirects = None
        self.command = None
        self._moved = False
        try:
            server = self._redirects.server if self._redirects else self._server
            await self._explained(self._log_in(server, account.token), True)
        except BaseException as e:
            await self.close()
            sent = self._redirects and self._redirects.failed()
            if sent and isinstance(e, Failure) and e.code == errors.BAD_TOKEN:  # the owner's server took it
                raise Failure(errors.CLOUD, "the server that we were sent to refuses the token")
            raise
        self.trust()

    async def serve(self):
        """Until the link is lost (a Failure), a command has ended it, or the cloud has sent us elsewhere."""
        self.stable = False
        watch = asyncio.create_task(self._watch())
        self._serving = True
        try:
            if not (self.command or self._moved):
                await self._explained(self._link.run())
        except Failure:
            if not (self.command or self._moved):
                if self._redirects:
                    self._redirects.failed()
                raise
        finally:
            self._serving = False
            watch.cancel()
            await self.close()

    async def close(self):
        link, self._link = self._link, None
        if link:
            await link.close()

    async def _log_in(self, server, token):
        product = self._product
        log.info(
            "cloud", "connecting to", server.host, server.port, "over TLS" if server.tls else "in plain text"
        )
        info = {
            "tmpl": product.TEMPLATE_ID,
            "ver": product.FIRMWARE_VERSION,
            "build": product.FIRMWARE_BUILD,
            "type": product.FIRMWARE_TYPE,
            "rxbuff": product.MESSAGE,
        }
        tls = None
        if server.tls:
            tls = await self._tls().context()
        if not (tls and self._verifies):
            info["tls"] = "unverified" if tls else "none"
        link = self._link = Link(self._mqtt, server, self._cloud, self._obey)
        name = self._uid if product.PERSISTENT else ""
        await link.open(
            token,
            product.KEEPALIVE_S,
            info,
            tls=tls,
            client_id=name,
            clean=not product.PERSISTENT,
            will=product.WILL,
        )

    async def _post(self, message):
        from net.fetch import post_json

        url = self._product.CLAIM_URL
        tls = await self._tls().context() if url.startswith("https:") else None
        return await post_json(url, message, self._patience, tls)

    def _tls(self):
        if not self._security:
            from main_tls import Security

            self._security = Security(self._product, self._verifies)
        return self._security

    async def _watch(self):
        """The radio knows that the network is gone long before the keepalive does."""
        soon = Deadline(to_ms(self._product.STABLE_S))
        while self._radio.joined():
            await asyncio.sleep(1)
            if not (self.stable or soon.left()):  # noted now: in a week ticks have wrapped
                self.stable = True
                if self._redirects:
                    self._redirects.lasted()
        log.warn("wifi", "network lost")
        self._link.stop()

    def _mqtt(self, on_message):
        return Mqtt(on_message, self._patience, self._buffer)

    def _obey(self, command, text):
        if command in ("reboot", "reconfigure"):
            self.command = command
        elif command == "redirect":
            self._follow(text)
        else:
            log.warn("cloud", "not understood:", command)
        if self._serving and (self.command or self._moved):  # while it still logs in, that is finished first
            self._link.stop()

    def _follow(self, uri):
        from cloud.redirects import Redirects

        if not self._redirects:
            self._redirects = Redirects(self._server)
        try:
            self._redirects.follow(uri)
            self._moved = True
        except ValueError as e:
            log.warn("cloud", "redirect not followed:", e)

    async def _explained(self, job, probe=False):
        """Await it; what the network throws becomes a Failure."""
        try:
            return await job
        except Failure:
            raise
        except MemoryError:
            await self.close()
            raise Failure(errors.CLOUD, "out of memory")
        except Exception as e:
            await self.close()  # what follows needs its memory
            failure = _failure(e)
        if failure.code == errors.TLS and self._security and self._security.clock:
            self._security.clock.doubt()  # a wrong clock may be the reason
        probe = probe and failure.code in _PORTAL_LIKE and self._product.PROBE
        if probe and await _captive(probe, self._patience):
            raise Failure(errors.CAPTIVE)
        raise failure


def _failure(error):
    """What explains it is in memory only meanwhile."""
    try:
        from main_failures import explain

        return explain(error)
    except MemoryError:
        return Failure(errors.CLOUD, "out of memory")
    finally:
        forget("main_failures")


async def _captive(url, ms):
    try:
        from net.probe import captive

        return await captive(url, ms)
    except MemoryError:
        return None
    finally:
        forget("net.probe", "net.fetch")
