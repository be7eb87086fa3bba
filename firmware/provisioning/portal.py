"""Config mode: the access point with its servers, who may ask for what, and what the states learn of it."""

import asyncio
import os
import sys

from micropython import const

from core import log
from core.clock import Deadline, happens
from core.late import forget

_PAGE = const("/page.html.gz")  # in the folder of the firmware, on the file system or in ROMFS
_PAGE_HEADERS = const("Content-Encoding: gzip\r\nCache-Control: no-store\r\n")
_LOOKS = ("/", "/board_info.json", "/wifi_scan.json", "/status.json")
_CHANGES = ("/config", "/reset", "/reboot")

_SCAN_MS = const(10000)  # a scan younger than this is told again: each one blocks the radio for two seconds
_RESCAN_MS = const(3000)  # and one so young even to a phone that wants a new one
_SCAN_ROWS = const(15)
_LOOK_MS = const(50)
_FAREWELL_MS = const(1500)
_FREE_CODES = const(3)  # wrong claim codes before the portal slows down
_PAUSE_MS = const(5000)  # for the next one, and twice as long for each that follows
_PAUSE_MOST_MS = const(60000)


class Portal:
    """Opens and closes the access point, and tells the states what the phone wants."""

    def __init__(self, agent, name, identity, server, serve_dns, make_network, address):
        self.agent = agent
        self.credentials = agent.credentials
        self.identity = identity  # makes the constant part of board_info.json, anew each time
        self._name = name
        self.make_network = make_network
        self.claims = bool(agent.product.CLAIM_URL)
        self._radio = agent.radio
        self._server = server
        self._serve_dns = serve_dns
        self._address = address
        self._names = agent.product.PORTAL_NAMES + (address,)
        self._tasks = ()
        self._rows = []
        self._answering = 0  # requests
        self._scanning = False
        self._fresh = Deadline(0)
        self._young = Deadline(0)
        self.pause = Deadline(0)  # no claim code is taken before it is over
        self.visited = asyncio.Event()  # a phone has asked for something
        self.wanted = None  # "config", "live", "reset" or "reboot" once it has said so
        self.arrived = False  # the candidate was accepted while the access point stayed up
        self.told = asyncio.Event()  # and the page knows it

    def open(self):
        """Open the access point unless it is; ready for the next attempt."""
        self.wanted = None
        self.pause = Deadline(_pause_ms(self.credentials.refused))
        if not self._tasks:
            self._radio.host(self._name, self.agent.access_point_key)
            http = self._server(self.handle)
            self._tasks = (
                asyncio.create_task(_keep("http", http.run, self._address)),
                asyncio.create_task(_keep("dns", self._serve_dns, self._address)),
            )

    def close(self):
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            self._tasks = ()
            self._rows = []  # nobody knows when it opens again
            self._radio.unhost()

    def busy(self):
        """Whether an attempt is under way or about to be, or all is being erased."""
        return self.wanted is not None or self.credentials.erasing > 0

    def kept(self):
        """Whether there is a token to go on with."""
        verified = self.credentials.verified
        return bool(verified and verified.token)

    async def networks(self, fresh=False):
        """Rows of the last scan, or of a new one where that is too old and the radio is free."""
        while self._scanning:  # for another phone
            await asyncio.sleep_ms(_LOOK_MS)
        age = self._young if fresh else self._fresh
        if not (self.busy() or self._rows and age.left()):
            self._scanning = True
            try:
                self._rows = (await self._radio.scan())[:_SCAN_ROWS]
            finally:
                self._scanning = False
            self._fresh, self._young = Deadline(_SCAN_MS), Deadline(_RESCAN_MS)
        return self._rows

    def seen(self, ssid):
        """The bytes of a network whose name had to be shown as text because it is not UTF-8."""
        names = [row[0] for row in self._rows]
        if ssid not in names:
            for name in names:
                if log.text(name).encode() == ssid:
                    return name
        return ssid

    def meet_candidate(self):
        """Move to the channel where the candidate's network was seen: the phone is then dropped only once."""
        ssid = self.credentials.candidate.networks[0].ssid
        for row in self._rows:
            if row[0] == ssid:
                self._radio.move(row[2])

    async def farewell(self, ms):
        """Answer until the page knows that the device is online, `ms` at most, and its system has let go."""
        await happens(self.told, ms)
        await asyncio.sleep_ms(_FAREWELL_MS)

    async def handle(self, request, response):
        """Answer one request."""
        changes = request.path in _CHANGES
        own = self._own(request.host)
        allowed = ("GET", "POST") if changes else ("GET", "HEAD")
        if not changes and not (own and request.path in _LOOKS):
            await self._elsewhere(request, response, own)
        elif changes and not (own and self._own(_host(request.origin))):
            log.warn("portal", "refused: a request for", request.path, "from a foreign page")
            await response.send(403, "This request came from a foreign page")
        elif request.method not in allowed:
            allowed = ", ".join(allowed)
            await response.send(405, "Use " + allowed, headers="Allow: " + allowed + "\r\n")
        else:
            await self._answer(changes, request, response)

    async def _answer(self, changes, request, response):
        """All but the page, which is asked for most, is answered by code in memory only meanwhile."""
        if request.path == "/":
            return await response.send_file(_page(), "text/html; charset=utf-8", _PAGE_HEADERS)
        self._answering += 1
        try:
            place = "provisioning.changes" if changes else "provisioning.routes"
            routes = __import__(place, None, None, ("ROUTES",)).ROUTES
            await routes[request.path](self, request, response)
        finally:
            self._answering -= 1
            if not self._answering:
                forget("provisioning.changes", "provisioning.routes")

    async def _elsewhere(self, request, response, own):
        """A name that our DNS has led here: a system's look whether it is online, or somebody's home page."""
        if self.arrived:
            from provisioning.captive import PROBES

            probe = PROBES.get(request.path)
            if probe:
                return await response.send(*probe)
        if own:
            await response.send(404, "Not found")
        else:
            await response.send(302, headers="Location: http://{}/\r\n".format(self._address))

    def _own(self, host):
        """Whether a Host or Origin is this device; old clients send none."""
        return not host or host in self._names or host.split(":")[0].lower() in self._names


def _page():
    """Where it lies: an ESP8266 has no __file__, but the folder is on the path."""
    for folder in sys.path:
        if folder.endswith("/fw"):
            try:
                os.stat(folder + _PAGE)
                return folder + _PAGE
            except OSError:  # of the two, the other one has it
                pass
    return "/fw" + _PAGE


def _host(url):
    """`http://host:80/path` -> `host:80`; what is no such URL is nobody's."""
    parts = url.split("/")
    return parts[2] if len(parts) > 2 else url


def _pause_ms(refused):
    """How long the next claim code has to wait, so that codes cannot be guessed here."""
    return min(_PAUSE_MS << min(refused - _FREE_CODES, 8), _PAUSE_MOST_MS) if refused >= _FREE_CODES else 0


async def _keep(tag, serve, address):
    """Serve until cancelled, whatever the network or the heap throws."""
    while True:
        try:
            await serve(address)
        except Exception as e:
            log.error(tag, "stopped:", e)
            await asyncio.sleep_ms(1000)
