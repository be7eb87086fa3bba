"""The portal's answers, without sockets."""

import asyncio
import builtins
import json

from core import log
from core.clock import Deadline
from provisioning.portal import Portal, _pause_ms
from provisioning.routes import row_json
from storage.account import Account, Network
from storage.journal import StorageError

TOKEN = "abcdefghijklmnopqrstuvwxyz-_0123"
ADDRESS = "192.168.4.1"
SSID, PASSWORD = "Café & Co".encode(), b"p@ss+w0rd &%?!"
GOOD = {"ssid": SSID, "pass": PASSWORD, "blynk": TOKEN.encode(), "host": b"h"}


class Request:
    def __init__(self, path, fields=None, host=ADDRESS, origin="", method="GET"):
        self.path, self.fields, self.host, self.origin, self.method = path, fields or {}, host, origin, method


class Response:
    body = ""

    async def send(self, status, body="", kind="text/plain", headers=""):
        self.status, self.kind, self.headers = status, kind, headers
        self.body = body if isinstance(body, str) else body.decode()

    async def begin(self, status, kind, headers=""):
        self.status, self.kind = status, kind

    async def write(self, piece):
        assert len(piece) < 300
        self.body += piece

    async def finish(self):
        self.finished = True


class Radio:
    rows = ((b"Home", b"\x01\x02\x03\x04\x05\xab", 6, -50, 3),)
    scans = 0
    channel = None

    async def scan(self):
        self.scans += 1
        return list(self.rows)

    hosted = ()

    def host(self, ssid, key):
        self.hosted = [ssid, key]

    def unhost(self):
        self.hosted.append(None)

    def move(self, channel):
        self.channel = channel

    def joined(self):
        return self.address() != ""

    def address(self):
        return ""


class Credentials:
    error, detail, attempt, last, refused, erasing = 722, "wrong Wi-Fi password", 3, b"Home", 0, 0
    candidate = verified = None
    broken = False

    def propose(self, network, token, server, claim):
        if self.broken:
            raise StorageError("flash")
        self.candidate = Account()
        self.candidate.networks.append(network)
        self.candidate.token, self.candidate.server, self.candidate.claim = token, server, claim
        self.attempt += 1


class Product:
    CLAIM_URL = "http://h/claim"
    PORTAL_NAMES = ("blynk.setup",)


class Agent:
    state = "CONFIGURING"
    connect = None
    access_point_key = ""

    def __init__(self):
        self.product = Product()
        self.radio, self.credentials = Radio(), Credentials()


def make(claim_url="http://h/claim"):
    agent = Agent()
    agent.product.CLAIM_URL = claim_url
    return agent, Portal(
        agent, "Blynk Device-K9WJ", lambda: {"tmpl_id": "TMPL1"}, None, None, Network, ADDRESS
    )


async def ask(portal, path, fields=None, **more):
    response = Response()
    await portal.handle(Request(path, fields, **more), response)
    return response


def changed(**changes):
    fields = dict(GOOD)
    for name, value in changes.items():
        fields["if" if name == "interface" else name] = value
    return fields


async def test_board_info_tells_the_last_error():
    _, portal = make()
    answer = await ask(portal, "/board_info.json")
    info = json.loads(answer.body)
    assert answer.kind == "application/json" and info["tmpl_id"] == "TMPL1"
    assert (info["last_error"], info["last_error_detail"]) == (722, "wrong Wi-Fi password")
    assert (info["attempt"], info["last_ssid"]) == (3, "Home")
    assert (info["claim"], info["kept"], info["live"]) == (True, False, False)
    assert portal.visited.is_set() and portal.wanted is None


async def test_config_of_both_generations():
    for extra, words in (
        ({}, "Trying to connect..."),
        ({"interface": b"wifi", "save": b"1"}, "Trying to connect..."),
        ({"port_ssl": b"443", "save": b"0"}, "Trying to connect..."),
        ({"port": b"80", "save": b"1"}, "Configuration saved"),
    ):
        agent, portal = make()
        answer = await ask(portal, "/config", changed(**extra))
        assert answer.status == 200
        assert json.loads(answer.body) == {"status": "ok", "msg": words}
        account = agent.credentials.candidate
        assert account.networks[0].ssid == SSID and account.networks[0].password == PASSWORD
        assert (account.token, account.server, account.claim) == (TOKEN, "h", "")
        assert portal.wanted == "config"


async def test_a_bad_config_names_the_field_and_stores_nothing():
    for fields, field in (
        (changed(ssid=b"x" * 33), "ssid"),
        ({"ssid": b"Home", "pass": b"12345", "blynk": TOKEN.encode()}, "pass"),
        (changed(blynk=b"short"), "blynk"),
        ({"blynk": TOKEN.encode()}, "ssid"),
        ({}, "ssid"),
    ):
        agent, portal = make()
        answer = await ask(portal, "/config", fields)
        body = json.loads(answer.body)
        assert answer.status == 500 and body["msg"] == "Configuration invalid" and body["status"] == "error"
        assert body["field"] == field and body["detail"].startswith(field + ":"), body
        assert agent.credentials.candidate is None and portal.wanted is None


async def test_the_time_of_the_phone_sets_the_clock_when_all_is_well():
    agent, portal = make()
    heard = []
    agent.set_clock = heard.append
    assert (await ask(portal, "/config", changed(time=b"1795348800", ssid=b""))).status == 500
    assert not heard
    assert (await ask(portal, "/config", changed(time=b"1795348800"))).status == 200
    assert heard == [1795348800]
    for time in (b"soon", b"0"):
        agent, portal = make()
        agent.set_clock = heard.append
        assert (await ask(portal, "/config", changed(time=time))).status == 200
    assert heard == [1795348800]


async def test_a_claim_code_is_refused_where_there_is_nothing_to_claim_from():
    agent, portal = make("")
    answer = await ask(portal, "/config", {"ssid": b"Home", "claim": b"K7QM2X9A"})
    assert answer.status == 500 and json.loads(answer.body)["field"] == "claim"
    assert agent.credentials.candidate is None


async def test_flash_that_fails_is_not_called_ok():
    agent, portal = make()
    agent.credentials.broken = True
    answer = await ask(portal, "/config", GOOD)
    assert answer.status == 500 and json.loads(answer.body)["detail"].startswith("storage:")
    assert portal.wanted is None


async def test_the_page_is_told_whether_it_can_look_on():
    for chip_can in (False, True):
        agent, portal = make()
        agent.connect = chip_can or None
        answer = json.loads((await ask(portal, "/config", changed(live=b"1"))).body)
        assert (answer["live"], answer["attempt"]) == (chip_can, 4)
        assert portal.wanted == ("live" if chip_can else "config")


async def test_the_token_is_kept_when_only_the_network_is_new():
    agent, portal = make()
    agent.credentials.verified = Account()
    agent.credentials.verified.token, agent.credentials.verified.server = TOKEN, "kept"
    assert json.loads((await ask(portal, "/board_info.json")).body)["kept"] is True
    answer = await ask(portal, "/config", {"ssid": b"Guests", "host": b"mqtt://attacker"})
    assert answer.status == 500 and json.loads(answer.body)["field"] == "host"
    assert agent.credentials.candidate is None  # the token is not for another server
    answer = await ask(portal, "/config", {"ssid": b"Home", "pass": b"new password"})
    assert answer.status == 200
    assert (agent.credentials.candidate.token, agent.credentials.candidate.server) == (TOKEN, "kept")


async def test_one_attempt_at_a_time():
    agent, portal = make()
    assert (await ask(portal, "/config", GOOD)).status == 200
    for path in ("/config", "/reset", "/reboot"):
        answer = await ask(portal, path, changed(ssid=b"Other"))
        assert answer.status == 409 and portal.wanted == "config"
    assert agent.credentials.candidate.networks[0].ssid == SSID
    await ask(portal, "/wifi_scan.json", {"fresh": b"1"})
    assert agent.radio.scans == 0  # the radio is joining
    agent, portal = make()
    agent.credentials.erasing = 1  # and after the wipe nothing shall be left
    assert (await ask(portal, "/config", GOOD)).status == 409 and not agent.credentials.candidate


async def test_without_javascript_the_answers_are_pages():
    _, portal = make()
    answer = await ask(portal, "/config", changed(html=b"1", blynk=b"<script>"))
    assert answer.status == 500 and answer.kind.startswith("text/html") and "blynk: " in answer.body
    assert "<script>" not in answer.body
    answer = await ask(portal, "/config", changed(html=b"1"))
    assert answer.status == 200 and "Trying to connect..." in answer.body


async def test_status_of_an_attempt():
    agent, portal = make()
    agent.credentials.error, agent.credentials.last = 0, b""
    expected = {"state": "CONFIGURING", "attempt": 3, "error": 0, "network": "", "address": ""}

    async def status():
        answer = json.loads((await ask(portal, "/status.json")).body)
        del answer["error_detail"]
        return answer

    assert await status() == dict(expected, result="none")
    await ask(portal, "/config", GOOD)
    agent.state = "CONNECTING_CLOUD"
    agent.radio.address = lambda: "192.168.1.50"
    expected = dict(
        expected, state="CONNECTING_CLOUD", attempt=4, network="Café & Co", address="192.168.1.50"
    )
    assert await status() == dict(expected, result="trying")
    assert not portal.told.is_set()
    agent.credentials.verified, agent.credentials.candidate = agent.credentials.candidate, None
    portal.arrived = True
    assert await status() == dict(expected, result="ok")
    assert portal.told.is_set()
    portal.arrived = False
    agent.credentials.error, agent.credentials.last = 722, SSID
    assert await status() == dict(expected, result="failed", error=722)


async def test_reset_and_reboot_answer_first():
    for path, wish, words in (("/reset", "reset", "Configuration reset"), ("/reboot", "reboot", "Rebooting")):
        _, portal = make()
        answer = await ask(portal, path)
        assert json.loads(answer.body) == {"status": "ok", "msg": words} and portal.wanted == wish


async def test_unknown_paths_and_foreign_hosts():
    _, portal = make()
    for host in (ADDRESS, "", "192.168.4.1:80", "Blynk.Setup"):
        assert (await ask(portal, "/nothing", host=host)).status == 404
        assert (await ask(portal, "/board_info.json", host=host)).status == 200
    portal.visited.clear()
    for path in ("/", "/board_info.json", "/status.json", "/nothing"):
        answer = await ask(portal, path, host="example.com")
        assert answer.status == 302 and answer.headers == "Location: http://192.168.4.1/\r\n"
    assert not portal.visited.is_set()


async def test_only_pages_of_our_own_may_change_anything():
    for more in (
        {"host": "evil.example"},
        {"host": "192.168.4.10"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://evil.example/page?of=192.168.4.1"},  # a picture's Referer
        {"origin": "http://192.168.4.1.evil.example"},
    ):
        for path in ("/config", "/reset", "/reboot"):
            agent, portal = make()
            answer = await ask(portal, path, GOOD, method="POST", **more)
            assert answer.status == 403 and portal.wanted is None and agent.credentials.candidate is None
    for more in (
        {"origin": "http://192.168.4.1/"},
        {"origin": "http://192.168.4.1:80"},
        {"origin": "http://blynk.setup", "host": "blynk.setup"},
    ):
        _, portal = make()
        assert (await ask(portal, "/config", GOOD, method="POST", **more)).status == 200


class Server:
    served = ()

    def __init__(self, handler):
        pass

    async def run(self, address):
        Server.served += (address,)
        await asyncio.sleep(10)


async def test_it_listens_at_the_access_points_address_only():
    agent, portal = make()

    async def serve_dns(address):
        Server.served += (address,)
        await asyncio.sleep(10)

    agent.access_point_key = "the key"
    portal._server, portal._serve_dns = Server, serve_dns
    portal.open()
    await asyncio.sleep_ms(10)
    portal.close()
    assert Server.served == (ADDRESS, ADDRESS)
    assert agent.radio.hosted == ["Blynk Device-K9WJ", "the key", None]


async def test_methods():
    for path, method, allowed in (
        ("/config", "HEAD", "GET, POST"),
        ("/reset", "HEAD", "GET, POST"),
        ("/", "POST", "GET, HEAD"),
        ("/board_info.json", "POST", "GET, HEAD"),
        ("/config", "PUT", "GET, POST"),
        ("/config", "PATCH", "GET, POST"),
        ("/reboot", "GETX", "GET, POST"),
        ("/", "GETX", "GET, HEAD"),
        ("/", "get", "GET, HEAD"),
        ("/status.json", "", "GET, HEAD"),
    ):
        _, portal = make()
        answer = await ask(portal, path, method=method)
        assert answer.status == 405 and answer.headers == "Allow: " + allowed + "\r\n"
        assert portal.wanted is None
    assert (await ask(portal, "/board_info.json", method="HEAD")).status == 200
    for method in ("OPTIONS", "PUT", "POST"):
        assert (await ask(portal, "/nothing", method=method)).status == 404
        assert (await ask(portal, "/nothing", method=method, host="example.com")).status == 302


async def test_wrong_claim_codes_are_slowed_down():
    assert [_pause_ms(count) for count in (0, 2, 3, 4, 5, 6, 7, 255)] == [
        0, 0, 5000, 10000, 20000, 40000, 60000, 60000,
    ]  # fmt: skip
    agent, portal = make()
    portal._tasks = (None,)  # open already
    agent.credentials.refused = 3
    portal.open()
    code = {"ssid": b"Home", "claim": b"K7QM2X9A"}
    answer = await ask(portal, "/config", code)
    assert answer.status == 429 and answer.headers == "Retry-After: 5\r\n"
    assert json.loads(answer.body)["field"] == "claim" and agent.credentials.candidate is None
    assert (await ask(portal, "/config", GOOD)).status == 200  # a token needs no waiting


async def test_scan_is_remembered_for_a_while():
    agent, portal = make()
    first = json.loads((await ask(portal, "/wifi_scan.json")).body)
    assert first == [{"ssid": "Home", "bssid": "01:02:03:04:05:AB", "rssi": -50, "sec": "WPA2", "ch": 6}]
    agent.radio.rows = ()
    assert json.loads((await ask(portal, "/wifi_scan.json")).body) == first
    assert json.loads((await ask(portal, "/wifi_scan.json", {"fresh": b"1"})).body) == first
    portal._young = Deadline(0)
    answer = await ask(portal, "/wifi_scan.json", {"fresh": b"1"})
    assert json.loads(answer.body) == [] and answer.finished and agent.radio.scans == 2


async def test_at_most_fifteen_networks():
    agent, portal = make()
    agent.radio.rows = [(b"%02d" % number, b"\0" * 6, 1, -number, 0) for number in range(20)]
    found = json.loads((await ask(portal, "/wifi_scan.json")).body)
    assert [row["ssid"] for row in found] == ["%02d" % number for number in range(15)]


def test_rows_are_json_for_every_ssid():
    ssids = [bytes((byte,)) * size for byte in range(256) for size in (1, 32)]
    ssids += [b'quote " backslash \\', "emoji 😀 \u2028".encode(), b"not utf-8 \xff\xfe", b"\xc3", b"%41"]
    for ssid in ssids:
        row = json.loads(row_json((ssid, b"\0" * 6, 1, -60, 0)))
        try:
            assert row["ssid"] == ssid.decode()
        except UnicodeError:
            assert row["ssid"] == log.text(ssid) and "%" in row["ssid"]


async def test_a_name_that_is_not_utf8_still_connects():
    for shown, ssid in (("Caf%E9", b"Caf\xe9"), ("%FF%FE%00", b"\xff\xfe\x00"), ("100%", b"100%")):
        agent, portal = make()
        agent.radio.rows = ((b"Caf\xe9", b"\0" * 6, 11, -50, 3), (b"\xff\xfe\x00", b"\0" * 6, 1, -50, 3))
        names = [row["ssid"] for row in json.loads((await ask(portal, "/wifi_scan.json")).body)]
        assert shown in names or shown == "100%"
        await ask(portal, "/config", changed(ssid=shown.encode()))
        assert agent.credentials.candidate.networks[0].ssid == ssid
    # A network that is really called so wins.
    agent, portal = make()
    agent.radio.rows = ((b"Caf\xe9", b"\0" * 6, 1, -50, 3), (b"Caf%E9", b"\0" * 6, 3, -60, 3))
    await ask(portal, "/wifi_scan.json")
    await ask(portal, "/config", changed(ssid=b"Caf%E9"))
    assert agent.credentials.candidate.networks[0].ssid == b"Caf%E9"
    portal.meet_candidate()
    assert agent.radio.channel == 3


async def test_no_secret_reaches_the_log_or_an_answer():
    printed = []
    _print = builtins.print
    builtins.print = lambda *words: printed.append(" ".join([str(word) for word in words]))
    try:
        for fields in (
            GOOD,
            changed(html=b"1"),
            changed(ssid=b"Home", **{"pass": b"S3CRET" * 20}),
            changed(blynk=b"S3CRET"),
            changed(claim=b"K7QM2X9A1"),
            {"ssid": b"Home", "claim": b"K7QM2X9A"},
        ):
            _, portal = make()
            for path in ("/config", "/board_info.json", "/status.json"):
                answer = await ask(portal, path, fields)
                printed.append(answer.body)
        log.warn("test", "p@ss+w0rd &%?!", TOKEN, "K7QM2X9A")
        try:
            raise ValueError(TOKEN)
        except ValueError as e:
            log.exception("test", e)
    finally:
        builtins.print = _print
    text = "\n".join(printed)
    assert "candidate stored" in text and "refused: pass" in text and "ValueError" in text
    for secret in ("p@ss+w0rd", TOKEN, "S3CRET", "K7QM2X9A"):
        assert secret not in text, text
