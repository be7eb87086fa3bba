"""The portal's answers, without sockets."""

import builtins
import json

from net.request import Request
from provisioning.portal import Portal, scan_json
from storage.credentials import Network
from storage.journal import StorageError

TOKEN = "abcdefghijklmnopqrstuvwxyz-_0123"
ADDRESS = "192.168.4.1"


class Response:
    async def send(self, status, body="", kind="text/plain", headers=""):
        self.status, self.body, self.kind, self.headers = status, body, kind, headers


class Radio:
    rows = [(b"Home", b"\x01\x02\x03\x04\x05\xab", 6, -50, 3)]

    def scan(self):
        return self.rows


class Credentials:
    error, detail, attempt = 722, "wrong Wi-Fi password", 3
    proposed = None
    broken = False

    def propose(self, network, token, server, claim):
        if self.broken:
            raise StorageError("flash")
        self.proposed = (network, token, server, claim)
        self.attempt += 1


class Product:
    CLAIM_URL = "http://h/claim"


class Agent:
    def __init__(self):
        self.product = Product()
        self.radio, self.credentials = Radio(), Credentials()


def make():
    identity = {"ssid": "Blynk Device-K9WJ", "tmpl_id": "TMPL1"}
    agent = Agent()
    return agent, Portal(agent, identity, None, None, Network, lambda mode: "WPA2", ADDRESS)


async def ask(portal, path, query=b"", host=ADDRESS):
    request = Request("GET", path, query)
    request.host = host
    response = Response()
    await portal.handle(request, response)
    return response


GOOD = b"ssid=Caf%C3%A9+%26+Co&pass=p%40ss%2Bw0rd+%26%25%3F%21&blynk=" + TOKEN.encode() + b"&host=h"


async def test_board_info_tells_the_last_error():
    _, portal = make()
    answer = await ask(portal, "/board_info.json")
    info = json.loads(answer.body)
    assert answer.kind == "application/json" and info["tmpl_id"] == "TMPL1"
    assert (info["last_error"], info["last_error_detail"], info["attempt"]) == (
        722,
        "wrong Wi-Fi password",
        3,
    )
    assert portal.visited.is_set() and portal.wanted is None


async def test_config_of_both_generations():
    for extra in (b"", b"&if=wifi&save=1", b"&port_ssl=443&save=0"):
        agent, portal = make()
        answer = await ask(portal, "/config", GOOD + extra)
        assert answer.status == 200
        assert json.loads(answer.body) == {"status": "ok", "msg": "Trying to connect..."}
        network, token, server, claim = agent.credentials.proposed
        assert network.ssid == "Café & Co".encode() and network.password == b"p@ss+w0rd &%?!"
        assert (token, server, claim) == (TOKEN, "h", "")
        assert portal.wanted == "config"


async def test_a_bad_config_names_the_field_and_stores_nothing():
    for query, field in (
        (b"ssid=" + b"x" * 33 + b"&blynk=" + TOKEN.encode(), "ssid"),
        (b"ssid=Home&pass=12345&blynk=" + TOKEN.encode(), "pass"),
        (b"ssid=Home&blynk=short", "blynk"),
        (b"blynk=" + TOKEN.encode(), "ssid"),
        (b"", "ssid"),
    ):
        agent, portal = make()
        answer = await ask(portal, "/config", query)
        body = json.loads(answer.body)
        assert answer.status == 500 and body["msg"] == "Configuration invalid" and body["status"] == "error"
        assert body["detail"].startswith(field + ":"), body
        assert agent.credentials.proposed is None and portal.wanted is None


async def test_a_claim_code_is_refused_where_there_is_nothing_to_claim_from():
    agent, _ = make()
    agent.product.CLAIM_URL = ""
    portal = Portal(agent, {}, None, None, Network, None, ADDRESS)
    answer = await ask(portal, "/config", b"ssid=Home&claim=K7QM2X9A")
    assert answer.status == 500 and json.loads(answer.body)["detail"].startswith("claim:")
    assert agent.credentials.proposed is None


async def test_flash_that_fails_is_not_called_ok():
    agent, portal = make()
    agent.credentials.broken = True
    answer = await ask(portal, "/config", GOOD)
    assert answer.status == 500 and json.loads(answer.body)["detail"].startswith("storage:")
    assert portal.wanted is None


async def test_reset_and_reboot_answer_first():
    for path, wish, words in (("/reset", "reset", "Configuration reset"), ("/reboot", "reboot", "Rebooting")):
        _, portal = make()
        answer = await ask(portal, path)
        assert json.loads(answer.body) == {"status": "ok", "msg": words} and portal.wanted == wish


async def test_unknown_paths_and_foreign_hosts():
    _, portal = make()
    assert (await ask(portal, "/nothing")).status == 404
    assert (await ask(portal, "/nothing", host="")).status == 404
    answer = await ask(portal, "/generate_204", host="connectivitycheck.gstatic.com")
    assert answer.status == 302 and answer.headers == "Location: http://192.168.4.1/\r\n"
    assert not portal.visited.is_set()
    assert (await ask(portal, "/nothing", host="127.0.0.1:8080")).status == 404  # no probe asks by address


async def test_scan_is_remembered_for_a_while():
    agent, portal = make()
    first = json.loads((await ask(portal, "/wifi_scan.json")).body)
    assert first == [{"ssid": "Home", "bssid": "01:02:03:04:05:AB", "rssi": -50, "sec": "WPA2", "ch": 6}]
    agent.radio.rows = []
    assert json.loads((await ask(portal, "/wifi_scan.json")).body) == first


def test_scan_json_is_json_for_every_ssid():
    ssids = [
        b'quote " backslash \\',
        b"control \x01\n",
        "emoji 😀".encode(),
        b"not utf-8 \xff\xfe",
        b"x" * 32,
    ]
    rows = [(ssid, b"\0" * 6, 1, -60, 0) for ssid in ssids]
    found = json.loads(scan_json(rows, lambda mode: "OPEN"))
    assert [row["ssid"] for row in found[:3]] == [ssid.decode() for ssid in ssids[:3]]
    assert found[3]["ssid"] == "not utf-8 %FF%FE"


async def test_no_secret_reaches_the_log():
    printed = []
    _print = builtins.print
    builtins.print = lambda *words: printed.append(" ".join([str(word) for word in words]))
    try:
        from core import log

        _, portal = make()
        await ask(portal, "/config", GOOD)
        await ask(portal, "/config", b"ssid=Home&pass=" + b"S3CRET" * 20 + b"&blynk=" + TOKEN.encode())
        await ask(portal, "/config", b"ssid=Home&claim=K7QM2X9A")
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
