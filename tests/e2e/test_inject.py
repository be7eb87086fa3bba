"""The phone app's exchanges as the protocol's public sources describe them; the app was not recorded."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from e2e_support import play
from firstlight.bench.world import AccessPoint
from firstlight.home.household import Household

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAC = "24:6F:28:AB:CD:EF"
SUFFIX = {"esp32_devkit": "K9WJ", "esp8266_nodemcu": "JCJ3"}  # PROTOCOLS 2.4


def exchanges(name: str) -> list[tuple[str, str, int, str, str]]:
    """(head, content, status, type, body) of each request and its answer in a fixture."""
    found = []
    for part in (FIXTURES / name).read_text().split("\n\n"):
        sent = "\r\n".join(line[2:] for line in part.splitlines() if line.startswith(">"))
        status, kind, body = " ".join(line[2:] for line in part.splitlines() if line.startswith("<")).split(
            " ", 2
        )
        head, _, content = sent.partition("\r\n\r\n")
        found.append((head, content, int(status), kind, body))
    return found


def bssid(ssid: str, channel: int) -> str:
    return AccessPoint(ssid.encode(), channel=channel).bssid.hex(":").upper()


async def ask(home: Household, head: str, content: str) -> tuple[int, str, bytes]:
    """Send the bytes; (status, type, body) of the answer."""
    if content:
        head += f"\r\nContent-Length: {len(content)}"
    host, port = home.device.portal_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{head}\r\n\r\n{content}".encode())
    answer, _, body = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")
    writer.close()
    if b"chunked" in answer.lower():
        body = b"".join(re.findall(rb"[0-9a-fA-F]+\r\n(.*?)\r\n", body, re.DOTALL))
    kind = re.search(rb"Content-Type: (\S+)", answer)[1]
    return int(answer.split()[1]), kind.decode().rstrip(";"), body


@pytest.mark.parametrize("board", SUFFIX)
@pytest.mark.parametrize("generation", ["first", "second"])
def test_both_generations_of_the_app_are_served(tmp_path, generation, board):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        known = {
            "ssid": f"Blynk Device-{SUFFIX[board]}",
            "bssid": (await home.portal.board_info())["bssid"],
            "uid": (await home.portal.board_info())["uid"],
            "home": bssid(home.ssid, 6),
            "upstairs": bssid("Upstairs", 11),
            "guests": bssid("Guests", 1),
            "password": quote_plus(home.password),
            "token": token.token,
            "host": quote_plus(token.server),
        }
        assert known["bssid"].startswith("2") and len(known["uid"]) == 36

        def filled(text: str) -> str:
            return re.sub(r"{(\w+)}", lambda name: known[name[1]], text)

        for head, content, status, kind, body in exchanges(f"inject-{generation}-generation.txt"):
            answer = await ask(home, filled(head), filled(content))
            assert answer[:2] == (status, kind), head
            check(json.loads(answer[2]), json.loads(filled(body)))
        await home.device.wait("state", state="RUNNING")

    play(tmp_path, scenario, board=board, mac=MAC)


def check(found: object, wanted: object) -> None:
    """What is wanted is there, of the same types; an object may have more keys."""
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        for key in wanted:
            check(found[key], wanted[key])
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for each in zip(found, wanted, strict=True):
            check(*each)
    else:
        assert found == wanted
