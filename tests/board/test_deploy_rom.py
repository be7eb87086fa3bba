"""`board deploy` to an ESP8266: the firmware goes into its ROMFS partition."""

from __future__ import annotations

import itertools

import pytest

from board_support import on_port
from firstlight.bench.world import AccessPoint, World
from firstlight.board import delivery, factory, romfs, romwrite
from firstlight.board.transport import Board, DeviceError
from firstlight.errors import UserError

BOARD = "esp8266_witty"


def up(line: str) -> bool:
    return line.endswith("state WAIT_CONFIG")


def test_the_firmware_goes_into_romfs_and_runs_from_there(tmp_path, capsys):
    with on_port(tmp_path, board=BOARD, partition=True) as board:
        delivery.deploy_command(board.port, BOARD)
        said = capsys.readouterr().out
        assert "bytes written to ROMFS" in said and "the firmware is up, state WAIT_CONFIG" in said
        with Board(board.port) as connected:
            connected.run("import os")
            assert connected.value("sorted(os.listdir('/'))") == ["boot.py", "main.py", "rom"]
        board.line(up)
        delivery.deploy_command(board.port, BOARD)
        assert "ROMFS is unchanged" in capsys.readouterr().out


def test_what_lay_on_the_file_system_goes_away(tmp_path, capsys):
    """It comes before ROMFS on the path, and has no room in the heap."""
    old = tmp_path / "old"
    (old / "fw").mkdir(parents=True)
    (old / "boot.py").write_text("")
    (old / "fw" / "main.py").write_text("def run():\n    print('old')\n")
    with on_port(tmp_path, old, board=BOARD, partition=True) as board:
        delivery.deploy_command(board.port, BOARD)
        with Board(board.port) as connected:
            connected.run("import os")
            assert "fw" not in connected.value("os.listdir('/')")
        board.line(up)


def test_a_micropython_without_romfs_is_told(tmp_path):
    with on_port(tmp_path, board=BOARD) as board, pytest.raises(UserError, match="FLASH_2M_ROMFS"):
        delivery.deploy_command(board.port, BOARD)


@pytest.mark.parametrize("step", [3, 6, 40])
def test_a_cut_leaves_nothing_that_half_starts(tmp_path, monkeypatch, step):
    image = (romfs.write(BOARD, output=tmp_path / "build") / romfs.IMAGE).read_bytes()
    run, calls = Board.run, itertools.count()

    with on_port(tmp_path / "unit", board=BOARD, partition=True) as board:

        def cut(self, code, on_line=None):
            if next(calls) == step:
                board.cut()
                raise DeviceError("cut")
            return run(self, code, on_line)

        with Board(board.port) as connected:
            monkeypatch.setattr(Board, "run", cut)
            with pytest.raises((UserError, DeviceError)):
                romwrite.write(connected, image, lambda done: None)
            monkeypatch.setattr(Board, "run", run)
        board.do(board.unit.power_on())
        with Board(board.port) as connected:
            connected.run("import os")
            assert "rom" not in connected.value("os.listdir('/')")  # nothing is mounted
            assert romwrite.write(connected, image, lambda done: None) == len(image)


def test_the_doctor_looks_for_romfs(tmp_path, capsys):
    with on_port(tmp_path, board=BOARD, partition=True) as board:
        assert delivery.doctor_command(board.port, BOARD) == 0
        assert "ROMFS        320 KB, the firmware takes" in capsys.readouterr().out
    with on_port(tmp_path / "other", board=BOARD) as board:
        assert delivery.doctor_command(board.port, BOARD) == 1
        assert "FLASH_2M_ROMFS" in capsys.readouterr().out


def test_a_record_for_a_board_that_runs_from_romfs(tmp_path, capsys):
    token = tmp_path / "token"
    token.write_text("ABCDEFGHabcdefgh0123456789-_wxyz")
    networks = tmp_path / "networks.toml"
    networks.write_text('[[network]]\nssid = "Plant"\npassword = "a secret password"\n')
    plant = World([AccessPoint(b"Plant", "a secret password", channel=1, rssi=-40, security="WPA2")])
    with on_port(tmp_path, board=BOARD, partition=True, world=plant) as board:
        words = {"token_file": str(token), "networks": networks, "server": "mqtt://127.0.0.1:9"}
        with pytest.raises(UserError, match="has no firmware yet; `firstlight board deploy"):
            factory.provision_static_command(board.port, **words)
        delivery.deploy_command(board.port, BOARD)
        with pytest.raises(UserError, match=r"^--server: only mqtt://"):
            factory.provision_static_command(board.port, **{**words, "server": "http://x"})
        for _ in range(2):  # the second in the place of the first
            factory.provision_static_command(board.port, **words)
            assert capsys.readouterr().out.endswith(f"{board.port}: verified record, 1 network\n")
            board.line(lambda line: line.endswith("state CONNECTING_CLOUD"))
        with Board(board.port) as connected:
            connected.run("import os")
            names = ["boot.py", "journal.a", "journal.b", "main.py", "rom"]
            assert connected.value("sorted(os.listdir('/'))") == names
        printed = "".join(event.get("line", "") for event in board.unit.events)
        assert token.read_text() not in printed and "a secret password" not in printed


def test_ctrl_c_in_the_middle_is_told_and_the_doctor_sees_it(tmp_path, monkeypatch, capsys):
    run = Board.run

    def cut(self, code, on_line=None):
        """Ctrl-C before the image's head."""
        if code.startswith("fl_put(0,"):
            raise KeyboardInterrupt
        return run(self, code, on_line)

    with on_port(tmp_path, board=BOARD, partition=True) as board:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Board, "run", cut)
            delivery.deploy_command(board.port, BOARD)
        told = f"{board.port}: cut in the middle: the board has no firmware now; deploy again\n"
        assert capsys.readouterr().err == told
        assert delivery.doctor_command(board.port, BOARD) == 1
        assert "none: a deployment was cut" in capsys.readouterr().out
        delivery.deploy_command(board.port, BOARD)
        capsys.readouterr()
        assert delivery.doctor_command(board.port, BOARD) == 0
        assert "was cut" not in capsys.readouterr().out
        with Board(board.port) as connected:
            connected.run("import vfs\nvfs.rom_ioctl(3, 0, 320 * 1024)")  # and not a byte after it
        assert delivery.doctor_command(board.port, BOARD) == 1
        assert "none: a deployment was cut" in capsys.readouterr().out
