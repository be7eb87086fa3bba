"""The firmware as a ROMFS image: its bytes, mounted in MicroPython, and a device that runs from it."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys

import httpx
import pytest

from firstlight.bench.device import VirtualDevice
from firstlight.board import romfs
from firstlight.errors import UserError
from firstlight.phone import Portal

BOARD = "esp8266_nodemcu"
# Prints hash and path of every file, as MicroPython reads them.
READ = """\
import binascii, hashlib, os, sys, vfs
with open(sys.argv[1], "rb") as file:
    vfs.mount(vfs.VfsRom(file.read()), "/rom")
def walk(folder):
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + "/" + name
        if kind == 0x4000:
            walk(path)
        else:
            with open(path, "rb") as file:
                print(binascii.hexlify(hashlib.sha256(file.read()).digest()).decode(), path)
walk("/rom")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return romfs.write(BOARD, output=tmp_path_factory.mktemp("romfs") / "image")


def test_the_same_sources_give_the_same_bytes(folder, tmp_path):
    again = romfs.write(BOARD, output=tmp_path / "again")
    assert (again / romfs.IMAGE).read_bytes() == (folder / romfs.IMAGE).read_bytes()


def test_micropython_reads_every_file_in_it(folder, tmp_path):
    tree = folder.with_name(folder.name + "-tree") / "fw"
    script = tmp_path / "read.py"
    script.write_text(READ)
    words = [sys.executable, "-I", "-m", "micropython_unix", script, folder / romfs.IMAGE]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\n")
    wanted = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} /rom/fw/{path.relative_to(tree).as_posix()}"
        for path in tree.rglob("*")
        if path.is_file()
    ]
    assert len(wanted) > 25 and sorted(found[:-1]) == sorted(wanted)


def test_a_name_that_the_format_cannot_hold_is_refused(tmp_path):
    (tmp_path / "é").write_bytes(b"")
    with pytest.raises(UserError, match="ASCII"):
        romfs.pack(tmp_path)


@pytest.mark.parametrize("limits", [None, 80])
def test_a_device_runs_from_it_in_place(folder, tmp_path, limits):
    asyncio.run(live(folder, tmp_path, limits))


async def live(folder, tmp_path, limits):
    image, disk = folder / romfs.IMAGE, folder / romfs.DISK
    unit = VirtualDevice(tmp_path / "unit", board=BOARD, firmware=disk, romfs=image, limits=limits)
    try:
        await unit.start()
        await unit.wait("state", state="WAIT_CONFIG", timeout=20)
        async with Portal(unit.portal_url) as portal:
            await portal.opened(20)
        async with httpx.AsyncClient(trust_env=False, timeout=20) as phone:
            page = await phone.get(unit.portal_url + "/")
        assert page.status_code == 200 and "</html>" in page.text
    finally:
        await unit.stop()
