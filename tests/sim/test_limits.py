"""A device with the heap of a chip: the firmware finds as much as there, whatever the stand-ins take."""

from __future__ import annotations

import asyncio

import pytest

from firstlight.bench.device import VirtualDevice
from firstlight.bench.limits import Limits, pools
from firstlight.errors import UserError

BOOT = """\
import gc, sys
gc.collect()
print("free", gc.mem_free(), sys.platform)
try:
    bytearray({} * 1024)
    print("got it")
except MemoryError:
    print("too much")
"""


@pytest.mark.parametrize(("piece", "answer"), [(15, "got it"), (34, "too much")])
def test_the_firmware_finds_an_esp8266_s_heap(tmp_path, piece, answer):
    assert asyncio.run(boot(tmp_path, piece)) == answer


async def boot(tmp_path, piece):
    firmware = tmp_path / "firmware"
    firmware.mkdir()
    (firmware / "boot.py").write_text(BOOT.format(piece))
    unit = VirtualDevice(tmp_path / "unit", board="esp8266_witty", firmware=firmware, limits=34)
    try:
        await unit.start()
        room = await unit.wait("room")
        assert room["left"] == Limits(34).room and room["taken"] > 20_000
        free = (await unit.wait("log", line=lambda line: line.startswith("free")))["line"].split()
        assert free[2] == "esp8266"
        assert abs(int(free[1]) - room["left"]) < 1024  # boot.py itself is in it
        return (await unit.wait("log"))["line"]
    finally:
        await unit.stop()


def test_an_esp32_has_no_such_limits(tmp_path):
    with pytest.raises(UserError, match=r"--chip-limits: esp32_devkit is no ESP8266"):
        VirtualDevice(tmp_path, board="esp32_devkit", limits=34)


def test_pools_of_names_double():
    assert pools(14) == 0 and pools(15) == 304  # as MicroPython was seen to take them
    assert pools(614) - pools(294) == 2256 and pools(615) - pools(614) == 4496
