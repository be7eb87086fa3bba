"""Virtual devices with a few lines of firmware of their own."""

from __future__ import annotations

import ast
import errno
import shutil
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from firstlight.bench.device import VirtualDevice
from firstlight.bench.world import AccessPoint, World
from firstlight.board.build import build

EHOSTUNREACH, ECONNRESET = errno.EHOSTUNREACH, errno.ECONNRESET  # as on this machine, not as on a board

HOME = AccessPoint(b"Home", "correct horse", channel=6, rssi=-40, security="WPA2")
SCALE = 0.02


def world(*points: AccessPoint, scale: float = SCALE) -> World:
    """A quick world with these access points in the air."""
    return World(points, scale=scale, names={"cloud.example": ("127.0.0.1", 0)})


def firmware(directory: Path, main: str, boot: str = "", parts: tuple[str, ...] = ()) -> Path:
    """A firmware tree of two files, and these modules of the real firmware."""
    tree = directory / "firmware"
    tree.mkdir(exist_ok=True)
    (tree / "boot.py").write_text(textwrap.dedent(boot))
    (tree / "main.py").write_text(textwrap.dedent(main))
    for part in parts:
        module = tree / f"{part}.mpy"
        module.parent.mkdir(exist_ok=True)
        shutil.copyfile(build() / "fw" / f"{part}.mpy", module)
    return tree


@asynccontextmanager
async def running(
    directory: Path, main: str, *, boot: str = "", parts: tuple[str, ...] = (), **options
) -> AsyncIterator[VirtualDevice]:
    """A device that was just switched on; it is gone afterwards, whatever happens."""
    options.setdefault("world", world(HOME))
    device = VirtualDevice(directory / "device", firmware=firmware(directory, main, boot, parts), **options)
    try:
        await device.start()
        yield device
    finally:
        await device.stop()


def log(device: VirtualDevice) -> list[str]:
    """Every line it printed."""
    return [event["line"] for event in device.events if event["event"] == "log"]


async def answers(directory: Path, *expressions: str, setup: str = "", **options) -> list[object]:
    """The values (literals) of some expressions on a device; an exception is its repr."""
    main = f"""
import machine, network, os, sys, time
{textwrap.dedent(setup)}
for expression in {expressions!r}:
    try:
        value = eval(expression)
    except Exception as error:
        value = repr(error)
    print("=", repr(value))
print("end")
"""
    async with running(directory, main, **options) as device:
        await device.wait("log", line="end")
        return [ast.literal_eval(line[2:]) for line in log(device) if line.startswith("= ")]
