"""What is typed on the serial console of a whole virtual device, and the same at the REPL."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firstlight.bench.device import VirtualDevice
from firstlight.board.build import build
from firstlight.home.household import Household
from firstlight.phone import provision

MAC = "24:6F:28:AB:CD:EF"
HELP = "there are: config start|stop|erase, reboot, devinfo, wifi, sys info"


def session(tmp_path: Path, scenario: Callable[[Household], Awaitable[None]], **options) -> None:
    overrides = {"REPLY_S": 0.1, "VENDOR": "Bench", **options.pop("overrides", {})}

    async def whole() -> None:
        async with Household(tmp_path, scale=0.02, overrides=overrides, mac=MAC, **options) as home:
            await home.device.start()
            await home.device.wait("ap", up=True)
            await scenario(home)
            said = json.dumps(home.device.events, ensure_ascii=False)
            assert home.password not in said and "MemoryError" not in said

    asyncio.run(whole())


async def typed(device: VirtualDevice, line: str, answer: str) -> str:
    """Type a line; the first line after its echo that begins like the answer."""
    device.type(line)
    await device.wait("log", line=f"> {line}")
    return (await device.wait("log", line=lambda told: told.startswith(answer)))["line"]


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_nodemcu"])
def test_it_tells_in_both_personalities(tmp_path, board):
    async def scenario(home: Household) -> None:
        device = home.device
        info = json.loads(await typed(device, "devinfo", "{"))
        portal = await home.portal.board_info()
        assert {
            key: info[key] for key in ("name", "uid", "board", "tmpl_id", "fw_type", "fw_ver", "mac")
        } == {key: portal[key] for key in ("name", "uid", "board", "tmpl_id", "fw_type", "fw_ver", "mac")}
        assert info["mac"] == MAC and info["hw"] == board and info["name"].startswith("Bench ")
        assert await typed(device, "wifi", "station: ") == "station: off"
        assert await typed(device, "wifi", "access") == f"access point: {info['name']} address 192.168.4.1"
        await provision(home.portal, home.ssid, home.password, account=home.account, timeout=15)
        await device.wait("state", state="RUNNING")
        assert (
            await typed(device, "wifi", "station: ")
            == f"station: on {home.ssid} -52 dBm, address 192.168.1.50"
        )
        assert await typed(device, "  sys   info ".strip(), "chip: ")
        for answer in ("MicroPython: 1.", "free heap: ", "last reset: ", "uptime: "):
            await device.wait("log", line=lambda told, answer=answer: told.startswith(answer))
        assert json.loads(await typed(device, "devinfo", "{")) == info
        assert await typed(device, "format c:", "there are") == HELP
        assert device.state == "RUNNING"

    session(tmp_path, scenario, board=board)


def test_a_name_of_32_bytes_does_not_show_the_password(tmp_path):
    """An ESP32's driver reads on into what lies behind it."""
    ssid = "Ä" * 16

    async def scenario(home: Household) -> None:
        home.set_home(ssid=ssid)
        await provision(home.portal, ssid, home.password, account=home.account, timeout=15)
        await home.device.wait("state", state="RUNNING")
        shown = await typed(home.device, "wifi", "station: ")
        assert shown == f"station: on {ssid} -52 dBm, address 192.168.1.50"

    session(tmp_path, scenario)


def test_config_start_stop_and_reboot(tmp_path):
    async def scenario(home: Household) -> None:
        device = home.device
        device.type("config stop")  # nothing stored: the radio goes off
        await device.wait("state", state="IDLE")
        assert await typed(device, "config stop", "not in") == "not in IDLE"
        device.type("config start")
        await device.wait("state", state="WAIT_CONFIG")
        assert await typed(device, "config start", "the access") == "the access point is open"
        device.type("reboot")
        await device.wait("boot", cause="reset")
        await device.wait("state", state="WAIT_CONFIG")
        await device.wait("ap", up=True)
        await provision(home.portal, home.ssid, home.password, account=home.account, timeout=15)
        await device.wait("state", state="RUNNING")
        device.type("config start")
        await device.wait("state", state="WAIT_CONFIG")
        device.type("config stop")  # and with a verified network it goes on there
        await device.wait("state", state="RUNNING", timeout=20)
        device.type("reboot")
        await device.wait("state", state="RUNNING", timeout=20)

    session(tmp_path, scenario)


def test_config_erase(tmp_path):
    async def scenario(home: Household) -> None:
        await provision(home.portal, home.ssid, home.password, account=home.account, timeout=15)
        await home.device.wait("state", state="RUNNING")
        home.device.type("config erase")
        await home.device.wait("state", state="RESET_CONFIG")
        await home.device.wait("state", state="WAIT_CONFIG")
        await home.device.power_cut()
        await home.device.power_on()
        await home.device.wait("state", state="WAIT_CONFIG")

    session(tmp_path, scenario)


def test_a_product_may_do_without(tmp_path):
    async def scenario(home: Household) -> None:
        home.device.type("reboot")
        await asyncio.sleep(0.5)
        assert home.device.state == "WAIT_CONFIG" and not any(
            event["event"] == "reset" for event in home.device.events
        )

    session(tmp_path, scenario, overrides={"CONSOLE": False})


REPL = """\
import sys
sys.path.insert(0, "/fw")
import console
console.devinfo()
console.wifi()
console.sys_info()
console.obey("help", None)
"""


def test_at_the_repl(tmp_path):
    """Without the agent: what it tells, and an erase of what the firmware had stored."""

    async def repl(home: Household, more: str) -> VirtualDevice:
        tree = tmp_path / "repl"
        shutil.copytree(build(), tree, dirs_exist_ok=True)
        (tree / "main.py").write_text(REPL + more)
        return VirtualDevice(tmp_path / "device", firmware=tree, world=home.world)

    async def scenario(home: Household) -> None:
        await provision(home.portal, home.ssid, home.password, account=home.account, timeout=15)
        await home.device.wait("state", state="RUNNING")
        info = json.loads(await typed(home.device, "devinfo", "{"))
        await home.device.stop()
        for command, found in (
            ("config_start", "WAIT_CONFIG"),
            ("config_stop", "RUNNING"),
            ("config_erase", "WAIT_CONFIG"),
        ):
            device = await repl(home, f"console.{command}()")
            try:
                await device.start()
                line = (await device.wait("log", line=lambda told: told.startswith("{")))["line"]
                told = json.loads(line)
                assert told["uid"] == info["uid"] and told["mac"] == info["mac"]
                for answer in ("station: off", "access point: off", HELP):
                    await device.wait("log", line=answer)
                await device.wait("reset", cause="reset")
            finally:
                await device.stop()
            device = VirtualDevice(tmp_path / "device", world=home.world)
            try:
                await device.start()
                await device.wait("state", state=found, timeout=20)
            finally:
                await device.stop()

    session(tmp_path, scenario)
