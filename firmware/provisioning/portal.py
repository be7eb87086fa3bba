"""Config mode: the routes of the Blynk.Inject access-point protocol, both generations at once."""

import asyncio
import json

from micropython import const

from core import log
from core.clock import Deadline
from provisioning.form import Form, FormError

_SCAN_MS = const(10000)  # a scan younger than this is told again: each one blocks the radio for two seconds
_SCAN_ROWS = const(15)
_JSON = "application/json"
_PAGE = "/fw/page.html.gz"
_PAGE_HEADERS = "Content-Encoding: gzip\r\nCache-Control: no-store\r\n"


class Portal:
    """Opens and closes the access point with its servers, and tells the states what the phone wants."""

    def __init__(self, agent, identity, server, serve_dns, make_network, security, address):
        self._radio = agent.radio
        self._credentials = agent.credentials
        self._identity = identity  # the constant part of board_info.json; its "ssid" names the access point
        self._server = server
        self._serve_dns = serve_dns
        self._make_network = make_network
        self._security = security  # names an authentication mode
        self._address = address
        self._claims = bool(agent.product.CLAIM_URL)
        self._tasks = ()
        self._rows = []
        self._scanned = Deadline(0)
        self.visited = asyncio.Event()  # a phone has asked for something
        self.wanted = None  # "config", "reset" or "reboot" once it has said so

    def open(self):
        if not self._tasks:
            self._radio.host(self._identity["ssid"])
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
            self._radio.unhost()

    async def handle(self, request, response):
        """Answer one request."""
        route = _ROUTES.get(request.path)
        if route:
            await route(self, request, response)
        elif _is_name(request.host):  # a system that looks whether it is online
            await response.send(302, headers="Location: http://{}/\r\n".format(self._address))
        else:
            await response.send(404, "Not found")

    async def _page(self, request, response):
        await response.send_file(_PAGE, "text/html; charset=utf-8", _PAGE_HEADERS)

    async def _board_info(self, request, response):
        self.visited.set()
        credentials = self._credentials
        info = self._identity.copy()
        info["last_error"] = credentials.error
        info["last_error_detail"] = credentials.detail
        info["attempt"] = credentials.attempt
        await response.send(200, json.dumps(info), _JSON)

    async def _wifi_scan(self, request, response):
        self.visited.set()
        if not self._rows or not self._scanned.left():
            self._rows = self._radio.scan()[:_SCAN_ROWS]
            self._scanned = Deadline(_SCAN_MS)
        await response.send(200, scan_json(self._rows, self._security), _JSON)

    async def _config(self, request, response):
        self.visited.set()
        try:
            self._store(Form(request.fields))
        except FormError as e:
            await _invalid(response, e.text)
        except Exception as e:  # storage's exceptions are not ours to name
            log.exception("portal", e)
            await _invalid(response, "storage: not saved, the earlier configuration stays")
        else:
            await self._obey("config", "Trying to connect...", response)

    def _store(self, form):
        if form.claim and not self._claims:
            raise FormError("claim", "this product knows no cloud to claim from, give a token")
        for secret in (log.text(form.password), form.token, form.claim):
            log.hide(secret)
        network = self._make_network(form.ssid, form.password, False, form.static)
        self._credentials.propose(network, form.token, form.server, form.claim)
        log.info("portal", "candidate stored, attempt", self._credentials.attempt)

    async def _reset(self, request, response):
        await self._obey("reset", "Configuration reset", response)

    async def _reboot(self, request, response):
        await self._obey("reboot", "Rebooting", response)

    async def _obey(self, wish, words, response):
        """Answer first: what follows ends in a reset."""
        self.wanted = wish
        try:
            await response.send(200, json.dumps({"status": "ok", "msg": words}), _JSON)
        finally:
            self.visited.set()


_ROUTES = {
    "/": Portal._page,
    "/board_info.json": Portal._board_info,
    "/wifi_scan.json": Portal._wifi_scan,
    "/config": Portal._config,
    "/reset": Portal._reset,
    "/reboot": Portal._reboot,
}


def scan_json(rows, security):
    """The scan as the phone wants it; `security` names an authentication mode."""
    return json.dumps(
        [
            {
                "ssid": log.text(ssid),
                "bssid": colons(bssid),
                "rssi": rssi,
                "sec": security(mode),
                "ch": channel,
            }
            for ssid, bssid, channel, rssi, mode in rows
        ]
    )


def colons(mac):
    return ":".join(["{:02X}".format(byte) for byte in mac])


def _is_name(host):
    """Whether a Host header is a name, which our DNS has led here, and not an address."""
    return any([char not in "0123456789." for char in host.split(":")[0]])


async def _invalid(response, detail):
    log.warn("portal", "refused:", detail)
    answer = {"status": "error", "msg": "Configuration invalid", "detail": detail}
    await response.send(500, json.dumps(answer), _JSON)


async def _keep(tag, serve, address):
    """Serve until cancelled, whatever the network or the heap throws."""
    while True:
        try:
            await serve(address)
        except Exception as e:
            log.error(tag, "stopped:", e)
            await asyncio.sleep_ms(1000)
