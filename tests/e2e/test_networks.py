"""Names, passwords and addresses that other firmware gets wrong: all of them go online, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest

from e2e_support import online, play
from firstlight.home.household import Household

PSK = "0123456789abcdefABCDEF0123456789" * 2
NETWORKS = {
    "the classic": {"ssid": "Café & Co", "password": "p@ss+w0rd &%?!"},
    "not UTF-8": {"ssid_hex": b"Caf\xe9".hex(), "password": "in Latin-1"},
    "32 bytes": {"ssid": "x" * 32, "password": "longest name"},
    "markup": {"ssid": '"><b>\\&amp;\t😀', "password": "\"quotes' \\ <>"},
    "spaces at either end": {"ssid": "  Home  ", "password": "  eight8  "},
    "63 characters": {"ssid": "Home", "password": "p" * 63},
    "the key itself": {"ssid": "Home", "password": PSK},
    "open": {"ssid": "Home", "password": "", "security": "OPEN"},
    "hidden": {"ssid": "Cellar", "password": "behind the jam", "hidden": True},
}


@pytest.mark.parametrize(
    ("name", "board"),
    [(name, "esp32_devkit") for name in NETWORKS]
    + [(name, "esp8266_nodemcu") for name in ("markup", "hidden")],
)
def test_every_network_is_joined(tmp_path, name, board):
    changes = NETWORKS[name]

    async def scenario(home: Household) -> None:
        await move(home, **changes)
        rows = await home.portal.scan()
        token = await home.account.new_token("TMPL00000000", "Test")
        given = {"token": token.token, "host": token.server}
        if changes.get("hidden"):
            assert changes["ssid"] not in [row["ssid"] for row in rows]
            given["ssidManual"] = changes["ssid"]
        # What the phone hands over is the name as the device has shown it: first, as the strongest.
        shown = "" if changes.get("hidden") else rows[0]["ssid"]
        assert shown in (changes.get("ssid", ""), "Caf%E9", "")
        await home.portal.configure(shown, changes["password"], **given)
        await home.device.wait("state", state="RUNNING", timeout=15)

    play(tmp_path, scenario, board=board)


async def move(home: Household, **changes: Any) -> None:
    """Put another access point into the home, and wait until the device can see it."""
    home.set_home(**changes)
    await home.device.wait("log", line="bench: the world changed")


def test_a_static_address(tmp_path):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        given = {"ip": "192.168.1.77", "mask": "255.255.255.0", "gw": "192.168.1.1", "dns2": "9.9.9.9"}
        await home.portal.configure(home.ssid, home.password, token.token, token.server, **given)
        await home.device.wait("log", line=lambda line: line.endswith("joined, address 192.168.1.77"))
        await home.device.wait("state", state="RUNNING")

    play(tmp_path, scenario)


def test_the_cloud_asks_for_new_wifi_and_the_token_stays(tmp_path):
    async def scenario(home: Household) -> None:
        device_id = await online(home)
        await home.account.command(device_id, "reconfigure")
        assert (await home.open_portal())["kept"] is True
        await home.portal.configure("Guests", "")
        await home.device.wait("log", line=lambda line: line.endswith("wifi joining Guests"))
        await home.device.wait("state", state="RUNNING")
        assert (await home.account.device(device_id))["online"]
        # The first network is still known: the device goes there when the new one has vanished.
        home.world.write_text(home.world.read_text().replace('ssid = "Guests"', 'ssid = "Gone"'))
        await home.device.wait("state", state="CONNECTING_NET", timeout=15)
        await home.device.wait("state", state="RUNNING", timeout=20)

    play(tmp_path, scenario)


def test_a_refused_new_network_changes_nothing(tmp_path):
    async def scenario(home: Household) -> None:
        device_id = await online(home)
        await home.account.command(device_id, "reconfigure")
        await home.open_portal()
        await home.portal.configure("Guests", "not an open network's", live=1)
        await home.device.wait("state", state="CONNECTING_NET")
        await home.device.wait("state", state="WAIT_CONFIG")
        assert (await home.portal.board_info())["last_ssid"] == "Guests"
        await home.device.wait("state", state="RUNNING", timeout=15)  # the window is over
        assert (await home.account.device(device_id))["online"]

    play(tmp_path, scenario, overrides={"CONFIG_WINDOW_S": 1, "PHONE_GONE_S": 1})


@pytest.mark.parametrize(
    ("board", "changes", "code"),
    [
        ("esp32_devkit", {"refuses": 203}, 704),
        ("esp8266_nodemcu", {"refuses": 203}, 704),
        ("esp32_devkit", {"refuses": 15}, 722),
        ("esp32_devkit", {"ssid": "Moved away"}, 720),
        ("esp32_devkit", {"dhcp": False}, 723),
    ],
)
def test_a_candidate_that_is_not_joined_comes_back_with_the_reason(tmp_path, board, changes, code):
    async def scenario(home: Household) -> None:
        await move(home, **changes)
        token = await home.account.new_token("TMPL00000000", "Test")
        await home.portal.configure(home.ssid, home.password, token.token, token.server)
        await home.device.wait("state", state="CONNECTING_NET")
        info = await home.open_portal()
        assert (info["last_error"], info["last_ssid"]) == (code, home.ssid)
        await move(home)
        await home.portal.configure(home.ssid, home.password, token.token, token.server)
        await home.device.wait("state", state="RUNNING", timeout=15)

    play(tmp_path, scenario, board=board)


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_nodemcu"])
def test_an_access_point_with_a_key(tmp_path, board):
    async def scenario(home: Household) -> None:
        await online(home)
        opened = [event for event in home.device.events if event["event"] == "ap" and event["up"]]
        # On a slow machine what an ESP8266 opens by itself at each boot is seen, too: at first its own.
        ours = {event["security"] for event in opened if not event["ssid"].startswith("MicroPython-")}
        assert ours == {"WPA2"}

    play(tmp_path, scenario, board=board, overrides={"AP_PASSWORD": "correct horse"})
