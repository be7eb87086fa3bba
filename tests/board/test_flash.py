"""What is checked before esptool writes, and what it is called with. No chip is here: nothing is written."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from esptool import bin_image

from firstlight.bench.boards import board
from firstlight.board.flash import arguments, check_image, chip_on, flash, image_chip
from firstlight.errors import UserError
from test_board_commands import run

BOARDS = {
    "esp8266": "esp8266_witty",
    "esp32": "esp32_devkit",
    "esp32s2": "esp32s2_devkit",
    "esp32s3": "esp32s3_devkit",
    "esp32c3": "esp32c3_devkit",
    "esp32c5": "weact_esp32c5",
    "esp32c6": "esp32c6_devkit",
}
MAKERS = {chip: f"{chip.upper()}FirmwareImage" for chip in BOARDS} | {"esp8266": "ESP8266ROMFirmwareImage"}
CODE = {"esp8266": 0x40100000, "esp32": 0x40080000}


def image(folder, chip):
    """An image as esptool itself makes it, of one segment."""
    made = getattr(bin_image, MAKERS[chip])()
    made.entrypoint = CODE.get(chip, 0x40380000)
    made.segments = [bin_image.ELFSection(b".text", made.entrypoint, bytes(64), 0)]
    path = folder / f"{chip}.bin"
    made.save(str(path))
    return (
        path if path.exists() else path.with_name(f"{path.name}0x00000.bin")
    )  # an ESP8266's is in two files


@pytest.mark.parametrize("chip", BOARDS)
def test_images_are_known_by_their_chip(tmp_path, chip):
    path = image(tmp_path, chip)
    assert image_chip(path.read_bytes()[:24]) == chip
    check_image(path, board(BOARDS[chip]))
    for other in BOARDS.keys() - {chip}:
        with pytest.raises(UserError, match=rf"is for an {chip}, and {BOARDS[other]} has an {other}$"):
            check_image(path, board(BOARDS[other]))


@pytest.mark.parametrize("chip", BOARDS)
def test_esptool_understands_what_it_is_called_with(tmp_path, chip):
    words = arguments("/dev/null", image(tmp_path, chip), chip, erase=True)
    assert words[words.index("write-flash") :][-2] == {
        "esp32": "0x1000",
        "esp32s2": "0x1000",
        "esp32c5": "0x2000",
    }.get(chip, "0x0")
    assert ("--erase-all" in words) and ("--erase-all" not in arguments("P", tmp_path, chip, erase=False))
    done = subprocess.run(
        [sys.executable, "-m", "esptool", *words], capture_output=True, text=True, timeout=60
    )
    assert "Could not open /dev/null" in done.stdout + done.stderr  # so far it came, and no further


def test_what_is_no_image(tmp_path):
    target = board("esp32_devkit")
    with pytest.raises(UserError, match=r"--image: cannot read \S+ \(No such file or directory\)"):
        check_image(tmp_path / "none.bin", target)
    (tmp_path / "text").write_text("not a binary, though it is long enough")
    with pytest.raises(UserError, match="is no image for these chips"):
        check_image(tmp_path / "text", target)
    (tmp_path / "short").write_bytes(b"\xe9")
    with pytest.raises(UserError, match="is no image for these chips"):
        check_image(tmp_path / "short", target)


def test_another_chip_on_the_port_is_not_written_to(tmp_path):
    with pytest.raises(UserError, match=r"an esp32c3, and esp32_devkit has an esp32; choose another --board"):
        flash(
            "/dev/null", image(tmp_path, "esp32"), board("esp32_devkit"), False, detect=lambda port: "esp32c3"
        )


def test_a_port_where_nothing_answers():
    master, slave = pty.openpty()
    try:
        with pytest.raises(UserError, match="no bootloader answers; hold the board's BOOT button"):
            chip_on(os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)


def test_command(tmp_path):
    path = image(tmp_path, "esp32")
    status, said = run("flash", "/dev/nowhere", "--image", path, "--board", "esp32_devkit")
    assert (status, said) == (2, ["firstlight: /dev/nowhere: there is no such port; no board is plugged in"])
    status, said = run("flash", "/dev/null", "--image", path, "--board", "esp32_devkit")
    assert status == 2 and len(said) == 1 and "no bootloader answers" in said[0], said
    status, said = run("flash", "/dev/null", "--image", path, "--board", "esp8266_witty")
    assert status == 2 and said[0].endswith("esp32.bin is for an esp32, and esp8266_witty has an esp8266")
