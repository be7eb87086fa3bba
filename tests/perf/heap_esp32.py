"""What an ESP32 without PSRAM needs of its heap, measured in a 32-bit MicroPython with the usual build.

Its heap begins with 56,000 bytes and doubles once; what it takes beyond that, TLS and Wi-Fi lack
(MicroPython's ports/esp32/mpconfigport.h, MICROPY_GC_INITIAL_HEAP_SIZE; py/gc.c, gc_try_add_heap).
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from firstlight.bench.device import VirtualDevice
from firstlight.bench.limits import Limits
from firstlight.board.build import build
from firstlight.phone import Portal
from small_broker import SmallBroker

_ITSELF = 10608  # bytes, with asyncio at work (record, "Heap")
_PLENTY = 600  # KB
_BOOT = """\
import builtins, gc
import asyncio
gc.collect()
builtins.before = gc.mem_alloc()
"""
_CONSOLE = """\
import gc

def obey(line, agent):
    gc.collect()
    print("probe:", gc.mem_alloc() - before)
"""
_WORLD = '[timing]\nscale = 0.05\n[[access_point]]\nssid = "Home"\npassword = "12345678"\n'


async def esp32(folder: Path, broker: SmallBroker) -> tuple[int, int]:
    """Bytes in use: the most of a live try beside the access point, and of the run personality at work."""
    unit = VirtualDevice(
        folder / "esp32",
        board="esp32_devkit",
        world=_world(folder),
        firmware=_probed(folder),
        limits=Limits(_PLENTY),
        overrides={"REPLY_S": 0.1},
    )
    broker.drop()
    try:
        await unit.start()
        await unit.wait("state", state="WAIT_CONFIG", timeout=20)
        async with Portal(unit.portal_url) as portal:
            await portal.opened(10)
            await portal.scan()
            server = f"mqtt://127.0.0.1:{broker.port}"
            await portal.configure("Home", "12345678", token="t" * 32, host=server, live=1)
        live = await _most(unit, until="reset")
        await unit.wait("state", state="RUNNING", timeout=20)
        await broker.publish("downlink/ds/Value", "1", qos=1)
        return live, await _sample(unit)
    finally:
        await unit.stop()


def _world(folder: Path) -> Path:
    path = folder / "esp32.toml"
    path.write_text(_WORLD)
    return path


def _probed(folder: Path) -> Path:
    """The build for all boards, with probes in it."""
    tree = shutil.copytree(build(), folder / "esp32-tree")
    (tree / "boot.py").write_text(_BOOT + (tree / "boot.py").read_text())
    for name, text in (("console", _CONSOLE), ("app", "async def run(cloud):\n    pass\n")):
        (tree / "fw" / f"{name}.mpy").unlink()
        (tree / "fw" / f"{name}.py").write_text(text)
    return tree


async def _most(unit: VirtualDevice, until: str) -> int:
    """The most that samples find before this event."""
    over = asyncio.ensure_future(unit.wait(until, timeout=30))
    most = 0
    try:
        while not over.done():
            sample = asyncio.ensure_future(_sample(unit))
            await asyncio.wait((sample, over), return_when=asyncio.FIRST_COMPLETED)
            if sample.done():
                most = max(most, sample.result())
            sample.cancel()
        await over
    finally:
        over.cancel()
    return most


async def _sample(unit: VirtualDevice) -> int:
    unit.type("heap")
    event = await unit.wait("log", line=lambda line: line.startswith("probe: "), timeout=10)
    return int(event["line"].split()[1]) + _ITSELF
