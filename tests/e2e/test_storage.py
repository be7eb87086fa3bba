"""What a whole device stores, where, and that nothing of it is left when it is erased."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from firstlight.bench.flash import flash_firmware
from firstlight.bench.process import SIM
from firstlight.board.build import build
from firstlight.home.household import Household
from test_provisioning import play

HOLD = {"BUTTON_NOTICE_S": 0.1, "BUTTON_ERASE_S": 0.3, "BUTTON_CANCEL_S": 2}
MICROPYTHON = Path(sys.executable).with_name("micropython")


def images(home: Household) -> bytes:
    """Everything that is on the device's flash."""
    return b"".join(path.read_bytes() for path in sorted((home.directory / "device").glob("*.img")))


def left(home: Household, secrets: list[str]) -> list[str]:
    """Those of the secrets that can be read there."""
    content = images(home)
    return [secret for secret in secrets if secret.encode() in content]


def fill(home: Household, rounds: int) -> list[str]:
    """Many configurations, while the device is off; returns every secret that was stored."""
    image = home.directory / "device" / "flash.img"
    script = Path(__file__).parents[1] / "firmware" / "fill_storage.py"
    done = subprocess.run(
        [MICROPYTHON, script, build() / "fw", SIM, image, str(rounds)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split("\n")[:-1]


async def configured(home: Household) -> list[str]:
    """A wrong password, then online; returns the secrets of both."""
    wrong = "w" * 32
    await home.portal.configure(home.ssid, "not the password", token=wrong)
    await home.device.wait("log", line=lambda line: "wifi 722" in line, timeout=15)
    await home.device.wait("state", state="WAIT_CONFIG")
    await home.portal.opened()
    token = await home.account.new_token("TMPL00000000", "Test")
    await home.portal.configure(home.ssid, home.password, token=token.token, host=token.server)
    await home.device.wait("state", state="RUNNING", timeout=15)
    return ["not the password", wrong, home.password, token.token]


async def erased(home: Household) -> None:
    await asyncio.sleep(0.3)  # a button that is held at boot does nothing
    await home.device.hold(0.5)
    await home.device.wait("state", state="RESET_CONFIG")
    await home.device.wait("log", line=lambda line: line.endswith("free space wiped"), timeout=30)
    await home.device.wait("state", state="WAIT_CONFIG")


@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_witty"])
def test_after_ten_seconds_on_the_button_no_secret_is_anywhere_on_the_flash(tmp_path, board):
    async def scenario(home: Household) -> None:
        secrets = await configured(home)
        await home.device.power_cut()
        secrets += fill(home, 40)
        assert len(secrets) > 80 and len(left(home, secrets)) > 40  # replaced ones, too
        await home.device.power_on()
        await home.device.wait("state", state="CONNECTING_NET")
        await erased(home)
        assert left(home, secrets) == []
        assert (await home.portal.opened())["attempt"] == 42

    play(tmp_path, scenario, board=board, overrides=HOLD)


def test_a_cut_while_it_erases_leads_to_the_end_of_it(tmp_path):
    async def scenario(home: Household) -> None:
        secrets = await configured(home)
        await home.device.hold(0.5)
        await home.device.wait("state", state="RESET_CONFIG")
        await home.device.wait("log", line=lambda line: line.endswith("storage erased"))
        cuts = 0
        for seconds in (0.01, 0.03, 0.06):  # wiping takes 0.1
            await asyncio.sleep(seconds)
            await home.device.power_cut()
            late = any("free space wiped" in event.get("line", "") for event in home.device.events)
            await home.device.power_on()
            if late:  # this machine was busy with something else
                break
            assert (await home.device.wait("state"))["state"] == "RESET_CONFIG"
            cuts += 1
        assert cuts
        await home.device.wait("state", state="WAIT_CONFIG", timeout=30)
        assert left(home, secrets) == []
        await home.device.power_cut()
        await home.device.power_on()
        assert (await home.device.wait("state"))["state"] == "WAIT_CONFIG"

    play(tmp_path, scenario, overrides=HOLD)


def test_a_record_in_nvs_outlives_the_file_system(tmp_path):
    async def scenario(home: Household) -> None:
        secrets = await configured(home)
        await home.device.power_cut()
        assert left(home, secrets)
        flash = home.directory / "device" / "flash.img"
        assert not [secret for secret in secrets if secret.encode() in flash.read_bytes()]
        flash.unlink()
        flash_firmware(flash, home.device.board.chip, build())
        await home.device.power_on()
        await home.device.wait("state", state="RUNNING")
        await erased(home)
        assert left(home, secrets) == []

    play(tmp_path, scenario, overrides={"STORAGE": "nvs", **HOLD})


@pytest.mark.parametrize(("board", "storage"), [("esp8266_witty", "nvs"), ("esp32_devkit", "eeprom")])
def test_a_place_that_is_not_there_is_told(tmp_path, board, storage):
    async def scenario() -> None:
        async with Household(tmp_path, scale=0.02, board=board, overrides={"STORAGE": storage}) as home:
            await home.device.start()
            await home.device.wait("log", line=lambda line: "product.STORAGE: 'file', or 'nvs'" in line)

    asyncio.run(scenario())
