"""`firstlight device`: one virtual device in a terminal or under a program."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firstlight import loop
from firstlight.bench import boards, limits
from firstlight.bench.device import VirtualDevice
from firstlight.bench.show import People
from firstlight.net import host_port

COMMANDS = "press, release, hold SECONDS, type TEXT, reset, power-cut, power-on, quit"


def device(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the device lives: its flash image, its address.")
    ],
    board: Annotated[str, typer.Option("--board", help="A module of firmware/boards.")] = "esp32_devkit",
    mac: Annotated[str, typer.Option("--mac", help="Station address (default: made up once, kept).")] = "",
    world: Annotated[
        Path | None, typer.Option("--world", help="Access points (TOML); may change any time.")
    ] = None,
    portal: Annotated[str, typer.Option("--portal", help="Where its web server appears.")] = "127.0.0.1:8080",
    dns: Annotated[str, typer.Option("--dns", help="Where its DNS server appears (UDP).")] = "127.0.0.1:5353",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Override a value of product.py.")
    ] = None,
    chip_limits: Annotated[
        bool,
        typer.Option(
            "--chip-limits",
            help=f"As an ESP8266 has it: {limits.ESP8266} KB of heap, the firmware in ROMFS.",
        ),
    ] = False,
    partition: Annotated[
        bool,
        typer.Option("--romfs", help="An ESP8266 with MicroPython's image FLASH_2M_ROMFS."),
    ] = False,
    serial: Annotated[
        bool,
        typer.Option("--serial", help="Give it a serial port that mpremote and `board deploy` can open."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Run a virtual device: the real firmware in a real MicroPython.

    Standard input takes one command a line: press, release, hold SECONDS, type TEXT, reset, power-cut,
    power-on, quit.
    """
    unit = VirtualDevice(
        directory,
        board=board,
        mac=mac or None,
        world=world,
        portal=host_port(portal, "--portal"),
        dns=host_port(dns, "--dns"),
        overrides=boards.overrides(settings or [], boards.board(board).chip),
        limits=limits.ESP8266 if chip_limits else None,
        small=chip_limits,
        partition=partition,
        serial=serial,
    )
    loop.run(live(unit, _print_json if as_json else People(Console(highlight=False))))


def _print_json(event: dict) -> None:
    print(json.dumps(event), flush=True)


async def live(unit: VirtualDevice, show: Callable[[dict], None]) -> None:
    """Live until `quit`, a signal, or until nobody reads the output; the device never outlives this."""
    lines: asyncio.Queue[str] = asyncio.Queue()

    def tell(event: dict) -> None:
        try:
            show(event)
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            lines.put_nowait("quit")

    leaving = False
    unit.subscribe(lambda event: None if leaving else tell(event))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lines.put_nowait, "quit")
    try:
        await unit.start()
        _read_standard_input(lines)
        await obey(unit, lines)
    finally:
        leaving = True
        await unit.stop()


async def obey(unit: VirtualDevice, lines: asyncio.Queue[str]) -> None:
    """Do what each line says, until one says `quit`."""
    holds: set[asyncio.Task] = set()
    while True:
        line = await lines.get()
        words = line.split()
        if words == ["quit"]:
            for task in holds:
                task.cancel()
            return
        if not words:
            continue
        if words[0] == "hold" and len(words) == 2 and _seconds(words[1]) is not None:
            task = asyncio.create_task(unit.hold(_seconds(words[1])))  # so that other commands get through
            holds.add(task)
            task.add_done_callback(holds.discard)
            continue
        if words[0] == "type" and len(words) > 1:
            unit.type(line.split(maxsplit=1)[1].rstrip())
            continue
        action = _ACTIONS.get(words[0]) if len(words) == 1 else None
        if action is None:
            print(
                f"firstlight: {' '.join(words)!r} is not a command; there are {COMMANDS}",
                file=sys.stderr,
                flush=True,
            )
            continue
        result = action(unit)
        if inspect.isawaitable(result):
            await result


_ACTIONS = {
    "press": VirtualDevice.press,
    "release": VirtualDevice.release,
    "reset": VirtualDevice.reset,
    "power-cut": VirtualDevice.power_cut,
    "power-on": VirtualDevice.power_on,
}


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86400 else None


def _read_standard_input(lines: asyncio.Queue[str]) -> None:
    """Queue its lines as they come. Its end is not the device's, but for a person's Ctrl-D."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # os.read, because a thread that waits inside sys.stdin's lock would hang the interpreter's exit; a
        # thread, because a regular file cannot be waited for.
        rest = b""
        with contextlib.suppress(OSError, RuntimeError):
            while data := os.read(0, 4096):
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(lines.put_nowait, line.decode(errors="replace"))
            if os.isatty(0):
                loop.call_soon_threadsafe(lines.put_nowait, "quit")

    threading.Thread(target=read, daemon=True).start()
