"""The session with the cloud as the states see it; every failure comes out with its code."""

import asyncio

from core import log
from core.clock import Deadline, to_ms
from core.late import call, forget
from main_wifi import Wifi
from provisioning import errors
from provisioning.errors import Failure


class Connection(Wifi):
    """What the run states, and a live try, ask of radio and cloud."""

    def __init__(self, agent, cloud):
        # An ESP8266 writes its flash at each change of access point.
        super().__init__(agent.product, agent.radio, 2 if agent.dual else 1)
        self._radio.awake = not self.product.WIFI_SLEEP
        self._serving = False
        self._moved = False
        self.stable = False  # the session has lasted
        self.command = None  # what the cloud has ordered: "reboot" or "reconfigure"
        # For main_login, which is in memory only while it logs in:
        self.uid = agent.uid
        self.verifies = agent.dual
        self.cloud = cloud
        self.link = None
        self.home = ""  # the account's server, as it is written
        self.server = None
        self.redirects = None  # where it has sent us, if it ever does
        self.security = None
        self.buffer = memoryview(bytearray(self.product.MESSAGE))  # once: later no such piece may be left
        self.patience = to_ms(self.product.PATIENCE_S)

    async def claim(self, code):
        """(token, server) for a claim code."""
        return await self._login("claim", code)

    async def open(self, account):
        """Log in to the account's server, or where that has sent us."""
        self.command = None
        self._moved = False
        await self._login("log_in", account)
        self.trust()

    async def _login(self, name, value):
        try:
            return await call("main_login", name, self, value)
        except MemoryError:
            await self.close()
            raise Failure(errors.CLOUD, "out of memory")

    def begin(self, link):
        """main_login's: the session goes by this link."""
        self.link = link

    async def serve(self):
        """Until the link is lost (a Failure), a command has ended it, or the cloud has sent us elsewhere."""
        self.stable = False
        watch = asyncio.create_task(self._watch())
        self._serving = True
        try:
            if not (self.command or self._moved):
                await self.link.run()
        except Exception as e:
            await self.close()  # what follows needs its memory
            failure = self.explained(e)
            if not (self.command or self._moved):
                if self.redirects:
                    self.redirects.failed()
                raise failure
        finally:
            self._serving = False
            watch.cancel()
            await self.close()

    async def close(self):
        link, self.link = self.link, None
        if link:
            await link.close()

    async def _watch(self):
        """The radio knows that the network is gone long before the keepalive does."""
        soon = Deadline(to_ms(self.product.STABLE_S))
        while self._radio.joined():
            await asyncio.sleep(1)
            if not (self.stable or soon.left()):  # noted now: in a week ticks have wrapped
                self.stable = True
                if self.redirects:
                    self.redirects.lasted()
        log.warn("wifi", "network lost")
        self.link.stop()

    def obey(self, command, text):
        """What the cloud orders."""
        if command == "redirect":
            self._follow(text)
        else:  # the link passes on no others
            self.command = command
        if self._serving and (self.command or self._moved):  # while it still logs in, that is finished first
            self.link.stop()

    def explained(self, error):
        """The Failure that this exception is."""
        try:
            from main_failures import explain

            failure = explain(error)
        except MemoryError:
            failure = Failure(errors.CLOUD, "out of memory")
        finally:
            forget("main_failures")
        if failure.code == errors.TLS and self.security and self.security.clock:
            self.security.clock.doubt()  # a wrong clock may be the reason
        return failure

    def _follow(self, uri):
        from cloud.redirects import Redirects

        if not self.redirects:
            self.redirects = Redirects(self.server)
        try:
            self.redirects.follow(uri)
            self._moved = True
        except ValueError as e:
            log.warn("cloud", "redirect not followed:", e)
