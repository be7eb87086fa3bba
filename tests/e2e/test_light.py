"""The light of whole virtual devices: its time, its colours, and a product's own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

import blinks
import blinks_tls
from firstlight.bench.device import VirtualDevice
from firstlight.board.build import build

DARK = "000000"


class Code(str):
    """Goes into product.py as it is."""

    __repr__ = str.__str__


def play(tmp_path, scenario, **options):
    """Run a scenario with a device that is not yet switched on."""

    async def whole():
        device = VirtualDevice(tmp_path / "device", **options)
        try:
            await scenario(device)
        finally:
            await device.stop()

    asyncio.run(whole())


async def interrupt(device):
    """Ctrl-C while it sleeps: the unix port obeys at once, and a collection then leaves the heap locked."""
    await device.wait("ap", up=True)
    for _ in range(5000):
        if sleeps(device.pid):
            break
        await asyncio.sleep(0.001)
    os.kill(device.pid, signal.SIGINT)


def sleeps(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return True  # a system without /proc


def best(measure):
    """The error of the first of eight tries that keeps time, else of the best: other programs run here."""
    errors = []
    for attempt in range(8):
        errors.append(measure(str(attempt)))
        if errors[-1].most < 0.10:
            break
    return min(errors, key=lambda error: error.most)


@pytest.mark.alone
@pytest.mark.parametrize("board", ["esp32_devkit", "esp8266_witty"])
def test_a_blink_keeps_its_time_while_the_page_is_served(tmp_path, board):
    def measure(name):
        error, loads = asyncio.run(blinks.while_serving(tmp_path / name, board, 3.0))
        assert loads > 20
        return error

    error = best(measure)
    assert error.most < 0.10 and error.count >= 8, error


@pytest.mark.alone
def test_an_esp32_blinks_while_it_looks_a_name_up(tmp_path):
    def measure(name):
        events = asyncio.run(blinks.while_looking_up(tmp_path / name, "esp32_devkit", 1.5))
        error = blinks.error(events, 100, 100)
        assert error.count >= 12
        return error

    error = best(measure)
    assert error.most < 0.10, error


@pytest.mark.alone
def test_an_esp8266_blinks_while_a_tls_server_is_slow(tmp_path):
    """Both chips do: the handshake waits in the loop."""

    def measure(name):
        events = asyncio.run(blinks_tls.while_shaking_hands(tmp_path / name, "esp8266_witty", 0.5))
        error = blinks.error(events, 100, 100)
        assert error.count >= 10
        return error

    error = best(measure)
    assert error.most < 0.10, error


@pytest.mark.alone
def test_an_esp8266_stands_still_while_it_looks_a_name_up(tmp_path):
    """It has no threads: docs/light.md says so, and this tells when that is over."""
    events = asyncio.run(blinks.while_looking_up(tmp_path, "esp8266_witty", 1.0))
    assert blinks.stillness(events) >= 950


def test_erasing_shows_white_then_blue(tmp_path):
    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("state", state="WAIT_CONFIG")
        await asyncio.sleep(0.5)  # a button that is held when it is first looked at does not count
        device.press()
        await device.wait("led", rgb="FFFFFF")  # the notice: a white wave from its crest
        await device.wait("log", line=lambda line: "phase 2" in line)
        device.release()
        await device.wait("state", state="RESET_CONFIG")
        await device.wait("reset")
        shown = [event["rgb"] for event in device.events if event["event"] == "led"]
        assert shown[-2:] == ["FFFFFF", "0000FF"]

    overrides = {"BUTTON_NOTICE_S": 0.2, "BUTTON_ERASE_S": 0.6, "BUTTON_CANCEL_S": 5}
    play(tmp_path, scenario, board="esp32c3_devkit", overrides=overrides)


def test_it_is_dark_after_ctrl_c(tmp_path):
    """The wave of a lamp that is lit by a low level stops somewhere in between, but for this."""

    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("led", rgb="FFFFFF")
        await interrupt(device)
        await device.wait("halt")
        for _ in range(40):  # what it showed last is on its way
            if device.led == DARK:
                break
            await asyncio.sleep(0.05)
        assert device.led == DARK
        assert any("KeyboardInterrupt" in event.get("line", "") for event in device.events)

    overrides = {"PATTERNS": {"WAIT_CONFIG": (0xFFFFFF, -3000)}}
    play(tmp_path, scenario, board="esp8266_nodemcu", overrides=overrides)


def test_what_breaks_before_the_first_state_is_red(tmp_path):
    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("led", rgb="FF0000")
        await device.wait("reset")

    play(tmp_path, scenario, board="esp8266_witty", overrides={"VENDOR": 5, "ERROR_S": 0.3})


def test_a_product_replaces_a_row(tmp_path):
    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("led", rgb="FF0080")

    overrides = {"PATTERNS": {"WAIT_CONFIG": (0xFF0080,)}}
    play(tmp_path, scenario, board="esp32c3_devkit", overrides=overrides)


def test_a_mistake_in_a_row_leaves_the_device_alive(tmp_path):
    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("log", line=lambda line: "ZeroDivisionError" in line)
        await device.wait("ap", up=True)

    play(tmp_path, scenario, overrides={"PATTERNS": {"WAIT_CONFIG": (0xFF0080, 0, 0)}})


def test_a_product_takes_the_light_over(tmp_path):
    """Then nothing of ours is loaded that plays."""
    ours = "[m for m in __import__('sys').modules if m.startswith('led.')]"

    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("log", line="shows WAIT_CONFIG ['led.indicator']")
        await interrupt(device)
        await device.wait("log", line="shows None ['led.indicator']")
        assert not [event for event in device.events if event["event"] == "led"]

    play(tmp_path, scenario, overrides={"INDICATE": Code(f"lambda name: print('shows', name, {ours})")})


def test_a_board_without_a_light(tmp_path):
    firmware = tmp_path / "firmware"
    shutil.copytree(build(), firmware)
    (firmware / "fw/boards/dark.py").write_text(
        "CHIP, LED, LED_PINS, LED_INVERTED = 'esp32', 'none', (), False\n"
        "BUTTON_PIN, BUTTON_ACTIVE_LOW = 0, True\n"
    )

    async def scenario(device: VirtualDevice) -> None:
        await device.start()
        await device.wait("ap", up=True)
        assert not [event for event in device.events if event["event"] == "led"]

    play(tmp_path, scenario, firmware=firmware, overrides={"BOARD": "dark"})
