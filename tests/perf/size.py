"""`make size`: the smallest heap in which each personality does its work, and bytes of .mpy by module.

Measured with whole virtual devices on the 64-bit unix port, where an object takes twice the room of a chip's.
The stand-ins for network, machine and the rest live in the same heap, so what they need alone, around an
empty firmware, is measured too. Figures to compare with earlier ones, not yet those of a board.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from firstlight.bench.device import VirtualDevice
from firstlight.board.build import build
from firstlight.home.household import Household
from firstlight.phone import Portal, provision

LOW, HIGH = 24, 512  # KB between which the answer is looked for
RUNS = 3
MESSAGES = 10

EMPTY = """\
import asyncio, machine, neopixel, network, socket

async def main():
    network.WLAN().active(True)
    await asyncio.sleep_ms(1)
    print("up")

asyncio.run(main())
"""

Work = Callable[[int], Awaitable[None]]


async def main(console: Console) -> int:
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name:
        async with Household(Path(name), scale=0.02, overrides={"REPLY_S": 0.1}) as home:
            await home.device.start()
            await home.open_portal()
            await provision(home.portal, home.ssid, home.password, account=home.account, timeout=20)
            device_id = (await home.account.devices())[0]["id"]
            await home.device.stop()
            config = await smallest(lambda heap: config_work(home, heap))
            run = await smallest(lambda heap: run_work(home, device_id, heap))
            alone = await smallest(lambda heap: stand_ins_alone(home, heap))
    flash = print_modules(console)
    console.print(
        f"size: ok config {config} KB, run {run} KB of heap, of it the stand-ins' {alone} KB; "
        f"{flash:,} bytes of .mpy and page",
        soft_wrap=True,
    )
    return 0


async def smallest(work: Work) -> int:
    """KB of the smallest heap in which the work succeeds in every one of RUNS runs."""
    low, high = LOW, HIGH
    while low < high:
        middle = (low + high) // 2
        if await succeeds(work, middle, 1):
            high = middle
        else:
            low = middle + 1
    while not await succeeds(work, low, RUNS):
        low += 1
    return low


async def succeeds(work: Work, heap: int, runs: int) -> bool:
    for _ in range(runs):
        try:
            await work(heap)
        except (TimeoutError, asyncio.TimeoutError, httpx.HTTPError, OSError):
            return False
        except Exception as error:
            if type(error).__name__ not in ("PortalUnreachable", "UserError", "CloudError"):
                raise
            return False
    return True


def unit(home: Household, directory: Path, heap: int) -> VirtualDevice:
    overrides = {"ERROR_S": 0.1, "REPLY_S": 0.1}
    return VirtualDevice(directory, world=home.world, overrides=overrides, heap=f"{heap}K")


async def config_work(home: Household, heap: int) -> None:
    """Access point, page, board info, scan, config; ends with the reset."""
    directory = home.directory / "config"
    shutil.rmtree(directory, ignore_errors=True)
    device = unit(home, directory, heap)
    try:
        await device.start()
        await device.wait("ap", timeout=3)
        async with Portal(device.portal_url) as portal, httpx.AsyncClient(trust_env=False) as browser:
            page = await browser.get(device.portal_url + "/")
            page.raise_for_status()
            await portal.board_info()
            await portal.scan()
            await portal.configure(home.ssid, home.password, token="t" * 32, host="mqtt://127.0.0.1")
        await device.wait("reset", timeout=3)
        await whole(device)
    finally:
        await device.stop()


async def run_work(home: Household, device_id: str, heap: int) -> None:
    """Join, log in, announce, report, and take some downlinks."""
    directory = home.directory / "run"
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(home.directory / "device", directory)
    device = unit(home, directory, heap)
    try:
        await device.start()
        await device.wait("state", state="RUNNING", timeout=5)
        for number in range(MESSAGES):
            await home.account.write(device_id, "Set Temperature", number)
            await device.wait("log", line=lambda line, n=number: f"wanted temperature {n}" in line, timeout=3)
        await whole(device)
    finally:
        await device.stop()


async def stand_ins_alone(home: Household, heap: int) -> None:
    """Every stand-in loaded around a firmware that does nothing with them."""
    firmware = home.directory / "empty"
    firmware.mkdir(exist_ok=True)
    for name, text in (("boot.py", ""), ("product.py", ""), ("main.py", EMPTY)):
        (firmware / name).write_text(text)
    shutil.rmtree(home.directory / "alone", ignore_errors=True)
    device = VirtualDevice(home.directory / "alone", firmware=firmware, heap=f"{heap}K")
    try:
        await device.start()
        await device.wait("log", line="up", timeout=2)
    finally:
        await device.stop()


async def whole(device: VirtualDevice) -> None:
    """Raise TimeoutError when memory ran out on the way, even if the device recovered."""
    if any("MemoryError" in event.get("line", "") for event in device.events):
        raise TimeoutError("out of memory")


def print_modules(console: Console) -> int:
    """Print bytes on flash by module, largest first; returns their sum."""
    tree = build() / "fw"
    table = Table("module", "bytes", box=None)
    table.columns[1].justify = "right"
    files = sorted(((path.stat().st_size, path) for path in tree.rglob("*") if path.is_file()), reverse=True)
    for size, path in files:
        table.add_row(str(path.relative_to(tree)), f"{size:,}")
    console.print(table)
    return sum(size for size, _ in files)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Console(highlight=False))))
