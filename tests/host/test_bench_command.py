"""`firstlight device` as a user and as a program meet it."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from firstlight.bench import boards
from firstlight.bench.command import device
from firstlight.bench.device import VirtualDevice
from firstlight.bench.show import People
from firstlight.errors import UserError

PROGRAM = [sys.executable, "-c", "from firstlight.cli import main; main()", "device"]
FREE = ["--portal", "127.0.0.1:0", "--dns", "127.0.0.1:0"]
LIMIT_S = 30


def refused(*arguments: object) -> str:
    """What the command says to arguments that it does not take."""
    app = typer.Typer()
    app.command()(device)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


def test_wrong_arguments(tmp_path):
    """Each is one line that says what would be right."""
    here = ["--dir", tmp_path / "device", *FREE]
    assert (
        refused(*here, "--board", "esp33")
        == f"--board: 'esp33' is unknown; there are {', '.join(boards.names())}"
    )
    assert refused(*here, "--mac", "1:2:3").startswith("--mac: '1:2:3' is not six hex bytes, for example ")
    assert refused(*here, "--mac", "25:6F:28:AB:CD:EF").endswith(
        "is a group address; its first byte must be even"
    )
    assert refused(*here, "--set", "BOARD").startswith("--set: 'BOARD' is not NAME=VALUE")
    assert "product.py has no 'COLOUR'; it sets " in refused(*here, "--set", "COLOUR=1")
    assert refused(*here, "--portal", "8080").startswith("--portal: '8080' is not HOST:PORT")
    assert refused(*here, "--dns", "localhost:dns").startswith("--dns: 'localhost:dns' is not HOST:PORT")
    assert refused(*here, "--world", tmp_path / "none.toml").startswith("--world: cannot read ")
    (tmp_path / "file").write_text("")
    assert refused("--dir", tmp_path / "file" / "x", *FREE).startswith(
        f"--dir: cannot use {tmp_path}/file/x ("
    )
    (tmp_path / "bad.toml").write_text("[[access_point]]\nssid = 1")
    assert refused(*here, "--world", tmp_path / "bad.toml").endswith(
        "access_point 1: ssid = 1 is not 1 to 32 bytes"
    )


@pytest.mark.parametrize(("option", "kind"), [("--portal", socket.SOCK_STREAM), ("--dns", socket.SOCK_DGRAM)])
def test_a_port_that_is_taken(tmp_path, option, kind):
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        place = f"127.0.0.1:{other.getsockname()[1]}"
        message = refused("--dir", tmp_path / "device", *FREE, option, place)
    assert message.startswith(f"{option}: cannot use {place} (") and "\n" not in message


def test_overrides_are_of_the_kind_that_product_has():
    assert boards.overrides(["KEEPALIVE_S=5", "VENDOR='7'", "SERVER=a=b", "FIRMWARE_TYPE=x"]) == {
        "KEEPALIVE_S": 5,
        "VENDOR": "7",
        "SERVER": "a=b",
        "FIRMWARE_TYPE": "x",
    }
    assert boards.overrides(["CONSOLE=False"]) == {"CONSOLE": False}
    assert boards.overrides(["WILL=('gone', '1', 0, True)"]) == {"WILL": ("gone", "1", 0, True)}
    assert boards.overrides(["WILL=None", "CLAIM_URL="]) == {"WILL": None, "CLAIM_URL": ""}
    with pytest.raises(UserError, match="--set: CONSOLE is True or False, not '0'"):
        boards.overrides(["CONSOLE=0"])


@pytest.mark.parametrize(
    ("setting", "chip", "problem"),
    [
        ("STORAGE=flash", "esp32", "STORAGE cannot be 'flash': it is 'file', or 'nvs' on an ESP32"),
        ("STORAGE=nvs", "esp8266", "STORAGE cannot be 'nvs': it is 'file', or 'nvs' on an ESP32"),
        ("SERVER=http://x", "esp32", "SERVER cannot be 'http://x': only mqtt:// and mqtts:// are understood"),
        ("SERVER=", "esp32", "SERVER cannot be '': no host in it, or a space or the like"),
        ("SERVER=a b", "esp32", "SERVER cannot be 'a b': no host in it, or a space or the like"),
        (
            "SERVER=mqtt://u:pw@h",
            "esp32",
            "SERVER cannot be that: a password in it; the token is the password",
        ),
        (
            "CLAIM_URL=http://u:pw@h/",
            "esp32",
            "CLAIM_URL cannot be that: it is an http:// or https:// URL, or ",
        ),
        ("SERVER=a:0", "esp32", "SERVER cannot be 'a:0': the port is no number from 1 to 65535"),
        ("ESP8266_TLS=none", "esp8266", "ESP8266_TLS cannot be 'none': it is 'unverified' or 'plain'"),
        ("CLAIM_URL=here", "esp32", "CLAIM_URL cannot be 'here': it is an http:// or https:// URL, or empty"),
        ("PROBE=ftp://x/", "esp32", "PROBE cannot be 'ftp://x/': it is an http:// or https:// URL, or empty"),
        ("WILL=gone", "esp32", "WILL cannot be 'gone': it is None, or (topic, text, QoS, retain) such as "),
        ("WILL=('a', 'b', 3, True)", "esp32", "WILL cannot be ('a', 'b', 3, True): it is None, or (topic, "),
    ],
)
def test_what_the_firmware_would_refuse_later_is_refused_at_once(setting, chip, problem):
    with pytest.raises(UserError) as refusal:
        boards.overrides([setting], chip)
    assert str(refusal.value).startswith(f"--set: {problem}")


@pytest.mark.parametrize(
    "setting",
    ["STORAGE=nvs", "SERVER=mqtts://me@broker.example:8883/devices/7", "SERVER=blynk.cloud", "PROBE="],
)
def test_what_the_firmware_takes_is_taken(setting):
    name, _, value = setting.partition("=")
    assert boards.overrides([setting]) == {name: value}


class Program:
    """The command in a process of its own, with its JSON lines."""

    def __init__(self, *arguments: object):
        self.process = subprocess.Popen(
            [*PROGRAM, *(str(argument) for argument in arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._timer = threading.Timer(LIMIT_S, self.process.kill)
        self._timer.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._timer.cancel()
        self.process.kill()
        self.process.communicate()

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, kind: str, **fields: object) -> dict:
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == kind and all(event[key] == value for key, value in fields.items()):
                return event
        raise AssertionError(f"ended without {kind} {fields}: {self.process.stderr.read()}")


def test_a_session_with_a_program(tmp_path):
    """The real firmware boots, obeys each command, and `quit` ends with status 0."""
    arguments = ["--dir", tmp_path, *FREE, "--json", "--mac", "24:6F:28:01:02:03", "--set", "VENDOR=Bench"]
    with Program(*arguments) as program:
        boot = program.until("boot", cause="power-on")
        assert boot["board"] == "esp32_devkit" and boot["mac"] == "24:6F:28:01:02:03" and boot["ms"] >= 0
        assert program.until("state")["state"] == "WAIT_CONFIG"
        ap = program.until("ap", up=True)
        assert ap["ssid"].startswith("Bench ") and ap["url"].startswith("http://127.0.0.1:")
        program.say("jump\nhold\nhold x\nreset now\ntype\n\nhold 0.01\npress\nrelease\nreset")
        assert program.until("reset")["cause"] == "button"
        program.until("boot", cause="button")
        assert program.until("state")["state"] == "WAIT_CONFIG"
        program.say("type  config   stop ")
        program.until("log", line="> config   stop")
        assert program.until("state")["state"] == "IDLE"
        program.say("power-cut")
        program.until("off")
        program.say("power-on")
        program.until("boot", cause="power-on")
        program.say("quit")
        assert program.process.wait() == 0
        complaints = program.process.stderr.read().splitlines()
    assert [line.split(" is not")[0] for line in complaints] == [
        "firstlight: 'jump'",
        "firstlight: 'hold'",
        "firstlight: 'hold x'",
        "firstlight: 'reset now'",
        "firstlight: 'type'",
    ]
    assert complaints[0].endswith(
        "there are press, release, hold SECONDS, type TEXT, reset, power-cut, power-on, quit"
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_goes_on_without_input_and_ends_when_asked(tmp_path, number, status):
    with Program("--dir", tmp_path, *FREE, "--json") as program:
        program.process.stdin.close()
        program.process.stdin = None
        program.until("state")
        program.process.send_signal(number)
        assert program.process.wait() == status
        assert program.process.stderr.read() == ""


def test_it_ends_when_nobody_reads(tmp_path):
    with Program("--dir", tmp_path, *FREE, "--json") as program:
        program.until("boot")
        program.process.stdout.close()
        program.process.stdout = None
        program.say("reset")
        assert program.process.wait() == 0


def test_a_wrong_argument_is_one_line_and_status_2(tmp_path):
    with Program("--dir", tmp_path, "--board", "esp33") as program:
        output, errors = program.process.communicate()
    assert program.process.returncode == 2
    assert output == "" and errors.startswith("firstlight: --board: 'esp33'") and errors.count("\n") == 1


def test_a_damaged_flash_is_named(tmp_path):
    (tmp_path / "flash.img").write_bytes(b"\0" * 512 * 4096)
    with Program("--dir", tmp_path, *FREE) as program:
        _, errors = program.process.communicate()
    assert program.process.returncode == 2 and errors.count("\n") == 1
    assert errors.startswith(f"firstlight: {tmp_path}/flash.img: ") and errors.endswith(
        "with an empty flash\n"
    )


def test_the_flash_of_another_board(tmp_path):
    (tmp_path / "flash.img").write_bytes(b"\xff" * 763 * 4096)
    with Program("--dir", tmp_path, *FREE) as program:
        _, errors = program.process.communicate()
    assert "is the flash of another board; use another --dir" in errors


def test_people_are_not_flooded():
    """Minutes of a blinking and a breathing light are two lines."""
    console = Console(record=True, width=100, file=open("/dev/null", "w"))  # noqa: SIM115
    show = People(console)
    for ms in range(0, 60000, 1050):
        show({"ms": ms, "event": "led", "rgb": "0000FF"})
        show({"ms": ms + 50, "event": "led", "rgb": "000000"})
    for at in range(3000):
        part = abs(at % 250 - 125) / 125
        rgb = "".join(f"{int(value * part):02X}" for value in (0x24, 0xC4, 0x8E))
        show({"ms": 61000 + at * 20, "event": "led", "rgb": rgb})
    console.file.close()
    lines = console.export_text().splitlines()
    assert len(lines) <= 4 and "● 0000FF" in lines[0] and lines[1].startswith("   61.0")


def test_an_address_made_up_is_kept(tmp_path):
    first = VirtualDevice(tmp_path)
    first._storage.close()
    second = VirtualDevice(tmp_path)
    second._storage.close()
    assert first.mac == second.mac and first.mac.startswith("24:6F:28:")
    assert Path(tmp_path / "device.json").exists()


def test_ctrl_d_is_a_persons_way_to_quit(tmp_path):
    person, terminal = pty.openpty()
    try:
        process = subprocess.Popen(
            [*PROGRAM, "--dir", tmp_path / "device", *FREE, "--json"], stdin=terminal, stdout=subprocess.PIPE
        )
        assert b'"boot"' in process.stdout.readline()
        os.write(person, b"\x04")
        process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0
    finally:
        os.close(person)
        os.close(terminal)
