"""Deploying over a serial port: onto blank boards, over other firmware, and cut at every step."""

from __future__ import annotations

import itertools

import pytest

from board_support import DEFAULT_BOOT, boot_py, on_port, tree
from firstlight.board.build import MAIN, build
from firstlight.board.deploy import deploy, read_tree
from firstlight.board.follow import follow
from firstlight.board.transport import Board
from firstlight.errors import UserError

SHOUT = """
import part_a, net.part_b

def run():
    import time
    print("whole", part_a.VERSION, net.part_b.VERSION, VERSION)
    time.sleep(1000)
"""


def small(version: int) -> dict[str, bytes]:
    """A firmware of a few files, one of which every version drops, and one that never changes."""
    mark = f"VERSION = {version}\n"
    files = {
        "/boot.py": boot_py() + f"# {version}\n",
        "/main.py": MAIN + f"# {version}\n",
        "/fw/main.py": mark + SHOUT,
        "/fw/part_a.py": mark + "# " + "x" * 500 * version,
        "/fw/net/part_b.py": mark,
        "/fw/same.py": "SAME = True\n",
        f"/fw/only/part_{version}.py": mark,
    }
    return {path: text.encode() for path, text in files.items()}


def says(version: int) -> str:
    return f"whole {version} {version} {version}"


def put(board, files):
    with Board(board.port) as connected:
        done = deploy(connected, files, lambda sent, size: None)
        connected.reset()
    return done


def lying(board) -> dict[str, bytes]:
    """Every file on it."""
    with Board(board.port) as connected:
        code = """
import os
def walk(path):
    for e in os.ilistdir(path or '/'):
        p = path + '/' + e[0]
        if e[1] & 0x4000:
            walk(p)
        else:
            with open(p, 'rb') as f:
                print((p, f.read()))
walk('')
"""
        return dict(eval(line) for line in connected.run(code))


class Cut(Exception):
    """The power went."""


@pytest.fixture
def cut_at(monkeypatch):
    """cut_at(board, n): the board loses its power before the n-th call of code on it."""
    run = Board.run

    def arm(board, step):
        calls = itertools.count()

        def cut(self, code, on_line=None):
            if next(calls) == step:
                board.cut()
                raise Cut
            return run(self, code, on_line)

        monkeypatch.setattr(Board, "run", cut)

    yield arm
    monkeypatch.setattr(Board, "run", run)


def test_the_real_firmware_on_a_blank_board(tmp_path):
    files = read_tree(build())
    with on_port(tmp_path) as board:
        sent = []
        with Board(board.port) as connected:
            done = deploy(connected, files, lambda *numbers: sent.append(numbers))
            log = []
            assert follow(connected, 20, log.append) == "WAIT_CONFIG"
        assert (done.sent, done.copied, done.same) == (len(files), 0, 0)
        assert sent[0] == (0, done.size) and sent[-1] == (done.size, done.size)
        assert log[-1].endswith("state WAIT_CONFIG")
        assert lying(board) == files


def test_only_what_changed_is_sent(tmp_path):
    with on_port(tmp_path) as board:
        put(board, small(1))
        board.line(says(1))
        done = put(board, small(1))
        assert (done.sent, done.size, done.copied, done.same) == (0, 0, 0, 7)
        board.line(says(1))
        changed = {**small(1), "/fw/part_a.py": b"VERSION = 7\n"}
        done = put(board, changed)
        assert (done.sent, done.size, done.copied, done.same) == (1, 12, 4, 2)
        board.line("whole 7 1 1")
        assert lying(board) == changed


def test_what_the_firmware_dropped_and_what_is_not_its_own(tmp_path):
    with on_port(tmp_path) as board:
        put(board, small(1))
        board.line(says(1))
        with Board(board.port) as connected:
            connected.run(
                "with open('/journal.a', 'w') as f:\n f.write('record')\nopen('/fw/stray.py', 'w').close()"
            )
        put(board, small(2))
        board.line(says(2))
        assert lying(board) == {**small(2), "/journal.a": b"record"}


@pytest.mark.parametrize("start", ["update", "blank", "foreign"])
def test_the_power_goes_at_every_step(tmp_path, cut_at, start):
    before = {"update": says(1), "blank": None, "foreign": "foreign program"}[start]
    foreign = {"boot.py": "import sys\n", "main.py": "print('foreign program')\n"}
    firmware = tree(tmp_path / "foreign", foreign) if start == "foreign" else None
    with on_port(tmp_path, firmware) as board:
        if start == "update":
            put(board, small(1))
            board.line(says(1))
        board.cut()
        flash = board.save()
        for step in itertools.count():
            board.restore(flash)
            assert started(board) == before
            cut_at(board, step)
            try:
                put(board, small(2))
                break
            except Cut:
                pass
            cut_at(board, -1)
            assert started(board) in (before, says(2)), step
            if step % 3 == 0:
                put(board, small(2))
                board.line(says(2))
                assert lying(board).keys() == small(2).keys(), step
            board.cut()
        board.line(says(2))
        assert step > 12


def started(board) -> str | None:
    """What a power-on leads to; None is the prompt."""
    at = len(board.unit.events)
    board.do(board.unit.power_on())
    for _ in range(400):
        board.do(pause())
        for line in [event.get("line", "") for event in board.unit.events[at:]]:
            if line.startswith(("whole", "foreign")):
                return line
            if line.startswith('Type "help()"'):
                return None
    raise AssertionError(board.unit.events[at:])


async def pause():
    import asyncio

    await asyncio.sleep(0.02)


def test_a_cut_deployment_is_taken_up_where_it_stopped(tmp_path, cut_at):
    files = read_tree(build())
    with on_port(tmp_path) as board:
        cut_at(board, 200)
        with pytest.raises(Cut):
            put(board, files)
        cut_at(board, -1)
        assert started(board) is None
        done = put(board, files)
        assert 0 < done.sent < len(files) and done.sent + done.same == len(files)
        board.line(lambda line: line.endswith("state WAIT_CONFIG"))


def test_a_board_without_room_stays_as_it_is(tmp_path):
    with on_port(tmp_path, board="esp32_devkit") as board:
        put(board, small(1))
        board.line(says(1))
        with pytest.raises(UserError, match=r"needs 3\d\d\d KB beside the old one, and 1\d\d\d KB are free"):
            put(board, {**small(2), "/fw/large": bytes(3_500_000)})
        board.line(says(1))  # it goes on by itself
        assert lying(board) == small(1)


def test_a_file_that_reads_back_wrong_changes_nothing(tmp_path, monkeypatch):
    with on_port(tmp_path) as board:
        put(board, small(1))
        board.line(says(1))
        run = Board.run
        monkeypatch.setattr(
            Board,
            "run",
            lambda self, code, on_line=None: run(
                self, code.replace("a2b_base64('VkVS", "a2b_base64('VkVT"), on_line
            ),
        )
        with pytest.raises(UserError, match=r"/fw.part/\S+ reads back wrong; deploy again"):
            put(board, small(2))
        monkeypatch.setattr(Board, "run", run)
        board.line(says(1))


def test_firmware_that_does_not_come_up(tmp_path):
    broken = {"/boot.py": boot_py().encode(), "/main.py": MAIN.encode(), "/fw/main.py": b"1 / 0\n"}
    with on_port(tmp_path) as board, Board(board.port) as connected:
        deploy(connected, broken, lambda sent, size: None)
        with pytest.raises(UserError, match=r"did not come up within 2 s; its last words: ZeroDivisionError"):
            follow(connected, 2, lambda line: None)


def test_a_tree_that_is_none(tmp_path):
    with pytest.raises(UserError, match=r"boot.py or main.py is missing; `firstlight board build` makes one"):
        read_tree(tmp_path)
    files = {"boot.py": DEFAULT_BOOT, "main.py": "", "fw/a": "", "notes.txt": ""}
    with pytest.raises(UserError, match=r"not /notes.txt; remove it"):
        read_tree(tree(tmp_path / "tree", files))
