"""Trying a candidate while the access point stays up, as a device's own page asks for it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from e2e_support import play
from firstlight.home.household import Household
from firstlight.phone.portal import PortalUnreachable


async def result(home: Household, attempt: int, timeout: float = 10.0) -> tuple[dict[str, Any], list[str]]:
    """The attempt's end, and the states it went through, as a page that asks again and again finds them.

    The access point changes its channel during the attempt, so that the device is out of reach for a while.
    """
    states: list[str] = []
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            status = await home.portal.status(timeout=1)
        except PortalUnreachable:
            status = {"state": "unreachable", "result": "", "attempt": attempt}
        if status["state"] not in states[-1:]:
            states.append(status["state"])
        if status["attempt"] == attempt and status["result"] in ("ok", "failed"):
            return status, states
        await asyncio.sleep(0.02)
    raise AssertionError(f"no result of attempt {attempt}: {states}")


async def ask(home: Household, **fields: Any) -> int:
    """Give the device these fields as its page would; returns the attempt's number."""
    answer = await home.portal.configure(
        **{"ssid": home.ssid, "password": home.password, "live": 1, **fields}
    )
    assert answer["live"] is True
    return answer["attempt"]


@pytest.mark.parametrize("board", ["esp32_devkit", "esp32_wrover"])
def test_without_psram_tls_waits_for_the_restart(tmp_path, board):
    """TLS beside the access point would find no room. The portal answers so, and a plain server is tried."""

    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        wish = {"ssid": home.ssid, "password": home.password, "token": token.token, "live": 1}
        answer = await home.portal.configure(host="mqtts://127.0.0.1:9", **wish)
        assert answer["live"] is (board == "esp32_wrover")
        if not answer["live"]:
            await home.device.wait("reset")  # and 711 or the like after it
            await home.device.wait("state", state="WAIT_CONFIG", timeout=20)
            await home.portal.opened(10)
            assert (await home.portal.configure(host=token.server, **wish))["live"] is True

    play(tmp_path, scenario, board=board)


def test_the_page_sees_the_device_come_online(tmp_path):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        attempt = await ask(home, token=token.token, host=token.server)
        status, states = await result(home, attempt)
        assert status["result"] == "ok" and status["error"] == 0
        assert (status["network"], status["address"]) == (home.ssid, "192.168.1.50")
        assert "unreachable" in states  # the phone was dropped, and came back for the result
        await home.device.wait("reset")
        await home.device.wait("state", state="RUNNING")
        boots = [event for event in home.device.events if event["event"] == "boot"]
        assert len(boots) == 2  # one reset, between the personalities
        assert (await home.account.device(token.device_id))["online"]

    play(tmp_path, scenario, scale=0.2)  # away for 0.6 s, that the page has time to see it


@pytest.mark.parametrize("ap_channel", [False, True])
def test_the_phone_is_dropped_once(tmp_path, ap_channel):
    """Before the device joins, where the port moves its access point when told; else with the association."""

    async def scenario(home: Household) -> None:
        await home.portal.scan()
        token = await home.account.new_token("TMPL00000000", "Test")
        await ask(home, token=token.token, host=token.server)
        await home.device.wait("state", state="RUNNING")
        said = [event["line"] for event in home.device.events if event["event"] == "log"]
        moves = [at for at, line in enumerate(said) if "on channel 6 now" in line]
        joins = [at for at, line in enumerate(said) if "wifi joining" in line]
        assert len(moves) == 1 and (moves[0] < joins[0]) is ap_channel

    play(tmp_path, scenario, ap_channel=ap_channel, overrides={"FAREWELL_S": 0.5})


def test_a_phone_that_does_not_come_back_does_not_hold_the_device_up(tmp_path):
    async def scenario(home: Household) -> None:
        claim = await home.account.new_claim_code("TMPL00000000", "Test")
        await ask(home, claim=claim.code)
        await home.device.wait("log", line=lambda line: line.endswith("credentials verified"))
        began = time.monotonic()
        await home.device.wait("state", state="RUNNING")
        assert time.monotonic() - began < 5

    play(tmp_path, scenario, overrides={"FAREWELL_S": 1})


def test_failures_are_told_at_once_and_the_portal_goes_on(tmp_path):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        given = {"token": token.token, "host": token.server}
        for fields, code in (
            ({**given, "password": "not the password"}, 722),
            ({**given, "ssid": "Nowhere"}, 720),
            ({"token": "0" * 32, "host": token.server}, 703),
            ({"claim": "ZZZZZZZZ"}, 703),
        ):
            attempt = await ask(home, **fields)
            status, _ = await result(home, attempt)
            assert (status["result"], status["error"]) == ("failed", code), fields
            assert status["network"] == fields.get("ssid", home.ssid)
            info = await home.portal.board_info()
            assert (info["last_error"], info["last_ssid"]) == (code, status["network"])
        attempt = await ask(home, **given)
        assert (await result(home, attempt))[0]["result"] == "ok"
        await home.device.wait("state", state="RUNNING")
        assert [event["cause"] for event in home.device.events if event["event"] == "boot"] == [
            "power-on",
            "reset",
        ]

    play(tmp_path, scenario)


@pytest.mark.parametrize("state", ["CONNECTING_NET", "CONNECTING_CLOUD"])
def test_power_cut_in_a_live_try_goes_on_after_it(tmp_path, state):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        await ask(home, token=token.token, host=token.server)
        await home.device.wait("state", state=state)
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="RUNNING")

    play(tmp_path, scenario)


def test_the_button_erases_in_a_live_try(tmp_path):
    async def scenario(home: Household) -> None:
        home.set_home(dhcp=False)
        await home.device.wait("log", line="bench: the world changed")
        token = await home.account.new_token("TMPL00000000", "Test")
        await ask(home, token=token.token, host=token.server)
        await home.device.wait("state", state="CONNECTING_NET")
        await home.device.hold(0.4)
        await home.device.wait("state", state="RESET_CONFIG")
        info = await home.open_portal()
        assert (info["last_error"], info["last_ssid"], info["attempt"]) == (0, "", 1)

    times = {"BUTTON_NOTICE_S": 0.1, "BUTTON_ERASE_S": 0.3, "BUTTON_CANCEL_S": 0.8}
    play(tmp_path, scenario, overrides={**times, "NET_TIMEOUT_S": 20})


def test_an_esp8266_restarts_first(tmp_path):
    async def scenario(home: Household) -> None:
        token = await home.account.new_token("TMPL00000000", "Test")
        answer = await home.portal.configure(
            home.ssid, home.password, token=token.token, host=token.server, live=1
        )
        assert (answer["live"], answer["attempt"]) == (False, 1)
        await home.device.wait("reset")
        await home.device.wait("state", state="RUNNING")

    play(tmp_path, scenario, board="esp8266_nodemcu")


def test_guessing_claim_codes_is_slow_and_fruitless(tmp_path):
    """1,000 wrong codes as fast as a stranger on the open access point can send them."""

    async def scenario(home: Household) -> None:
        answers: dict[str, int] = {}
        began = time.monotonic()
        async with httpx.AsyncClient(trust_env=False) as client:
            for number in range(1000):
                fields = {"ssid": home.ssid, "pass": home.password, "claim": f"ZZZZ{number:04}", "live": 1}
                try:
                    kind = str((await client.post(home.portal.url + "/config", data=fields)).status_code)
                except httpx.TransportError:
                    kind = "unreachable"  # dropped while the access point changes its channel
                answers[kind] = answers.get(kind, 0) + 1
        # Three codes at once, then one every five seconds and ever slower: of 40 bits.
        assert 3 <= answers["200"] <= 4 + (time.monotonic() - began) / 5, answers
        assert answers["429"] > 100, answers
        said = json.dumps(home.device.events)
        assert "exchanged for a token" not in said and "ZZZZ0000" not in said

    play(tmp_path, scenario)


@pytest.mark.alone
def test_an_esp32_answers_while_it_scans(tmp_path):
    async def scenario(home: Household) -> None:
        scan = asyncio.create_task(home.portal.scan())
        await asyncio.sleep(0.1)
        waits = []
        while not scan.done():
            began = time.monotonic()
            await home.portal.status()
            waits.append(time.monotonic() - began)
        assert len(await scan) == 3
        assert len(waits) > 10 and sorted(waits)[len(waits) // 2] < 0.1, waits

    play(tmp_path, scenario, scale=0.5)
