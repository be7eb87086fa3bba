"""Virtual boards on a serial port, for code that blocks: the bench runs in a thread of its own."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firstlight.bench.device import VirtualDevice
from firstlight.board.build import SOURCE

DEFAULT_BOOT = "# This file is executed on every boot (including wake-boot from deepsleep)\n"


class OnPort:
    """A virtual device, seen from another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, unit: VirtualDevice, image: Path) -> None:
        self._loop = loop
        self.unit = unit
        self.image = image

    @property
    def port(self) -> str:
        """The path of its serial port."""
        return self.unit.serial_port

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await it on the bench."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def cut(self) -> None:
        """Take its power away."""
        self.do(self.unit.power_cut())

    def boot(self, line: str | Callable[[str], bool]) -> str:
        """Switch it on; the line that it prints then, which is this one or fits."""
        self.do(self.unit.power_on())
        return self.line(line)

    def line(self, line: str | Callable[[str], bool]) -> str:
        """The next line that is this one, or fits."""
        return self.do(self.unit.wait("log", 20, line=line))["line"]

    def save(self) -> bytes:
        """Its flash, while it has no power."""
        return self.image.read_bytes()

    def restore(self, flash: bytes) -> None:
        """Another flash, while it has no power."""
        self.image.write_bytes(flash)


@contextmanager
def on_port(directory: Path, firmware: Path | None = None, **options: Any) -> Iterator[OnPort]:
    """A board that was just switched on, blank where no firmware is given."""
    if firmware is None:
        firmware = tree(directory / "blank", {"boot.py": DEFAULT_BOOT})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    options.setdefault("board", "esp8266_witty")

    async def make() -> VirtualDevice:
        unit = VirtualDevice(directory / "device", firmware=firmware, serial=True, **options)
        try:
            await unit.start()
        except BaseException:
            await unit.stop()
            raise
        return unit

    try:
        unit = asyncio.run_coroutine_threadsafe(make(), loop).result(30)
        try:
            yield OnPort(loop, unit, directory / "device" / "flash.img")
        finally:
            asyncio.run_coroutine_threadsafe(unit.stop(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def tree(folder: Path, files: dict[str, str | bytes]) -> Path:
    """A firmware tree of these files."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def boot_py() -> str:
    """The firmware's own."""
    return (SOURCE / "boot.py").read_text(encoding="utf-8")
