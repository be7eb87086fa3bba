"""The serial port of a virtual device, with mpremote's own transport and command at its other end."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from mpremote.transport_serial import SerialTransport

from board_support import on_port, tree

COUNTING = "import time\nn = 0\nwhile True:\n    print('at', n)\n    n += 1\n    time.sleep_ms(50)\n"


@pytest.fixture
def counting(tmp_path):
    with on_port(tmp_path, tree(tmp_path / "tree", {"boot.py": "", "main.py": COUNTING})) as board:
        board.line("at 2")
        yield board


def connect(board) -> SerialTransport:
    return SerialTransport(board.port, timeout=5)


def test_a_running_program_is_interrupted_and_a_soft_reset_leads_to_the_raw_repl(counting):
    transport = connect(counting)
    transport.enter_raw_repl(soft_reset=True)
    assert (
        transport.exec("import sys\nprint(sys.platform)\nprint('n' in globals())") == b"esp8266\r\nFalse\r\n"
    )
    transport.enter_raw_repl(soft_reset=False)
    assert transport.eval("6 * 7") == 42
    assert sum(event["event"] == "reset" for event in counting.unit.events) == 1
    transport.close()


def test_every_byte_gets_through(counting):
    transport = connect(counting)
    transport.enter_raw_repl()
    everything = bytes(range(256)) * 20
    transport.fs_writefile("/x", everything)
    assert transport.fs_readfile("/x") == everything
    transport.close()


def test_a_reset_starts_the_program_on_the_same_port(counting):
    transport = connect(counting)
    transport.enter_raw_repl()
    transport.exec_raw_no_follow("import machine\nmachine.reset()")
    assert transport.read_until(1, b"at 3\r\n", timeout=5).endswith(b"at 0\r\nat 1\r\nat 2\r\nat 3\r\n")
    transport.close()


def test_a_power_cut_leads_out_of_the_raw_repl(counting):
    transport = connect(counting)
    transport.enter_raw_repl()
    counting.cut()
    counting.boot("at 2")
    transport.close()


def test_a_reader_who_comes_late_does_not_stop_the_board(counting):
    counting.line("at 20")
    transport = connect(counting)
    transport.enter_raw_repl()
    assert transport.eval("1") == 1
    transport.close()


def test_the_command_mpremote(counting):
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", counting.port, "fs", "cat", "main.py"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.strip() == COUNTING.strip(), done.stderr


def test_firmware_console_and_prompt_share_the_port(tmp_path):
    from firstlight.board.build import build

    with on_port(tmp_path, build()) as board:
        board.line(lambda line: line.endswith("state WAIT_CONFIG"))
        transport = connect(board)
        transport.serial.write(b"devinfo\r")
        board.line(lambda line: '"fw_ver"' in line)
        time.sleep(0.1)
        transport.enter_raw_repl()
        assert transport.eval("1 + 1") == 2
        transport.close()
