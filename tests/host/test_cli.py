"""Users' mistakes: one line that names the thing and the remedy, exit status 2, no traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

FIRSTLIGHT = Path(sys.executable).with_name("firstlight")


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [FIRSTLIGHT, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("", "firstlight --help"),
        ("nonsense", "'nonsense'"),
        ("device", "'--dir'"),
        ("device --dir {tmp} --what", "--what"),
        ("device --dir {tmp} --board nope", "esp8266_witty"),
        ("device --dir {tmp} --mac 12", "--mac"),
        ("device --dir {tmp} --world {tmp}/nope.toml", "nope.toml"),
        ("device --dir {tmp} --set NOPE=1", "CONFIG_WINDOW_S"),
        ("device --dir {tmp} --set CONFIG_WINDOW_S=soon", "CONFIG_WINDOW_S"),
        ("device --dir {tmp} --set CONFIG_WINDOW_S=-5", "CONFIG_WINDOW_S"),
        ("device --dir {tmp} --set LED_BRIGHTNESS=9999", "LED_BRIGHTNESS"),
        ("device --dir {tmp} --set LED_MIN_BRIGHTNESS=-1", "LED_MIN_BRIGHTNESS"),
        ("device --dir {tmp} --set PATTERNS=blue", "PATTERNS is a dict"),
        ("device --dir {tmp} --set BOARD=nope", "esp8266_witty"),
        ("device --dir {tmp} --set STORAGE=nope", "'nvs' on an ESP32"),
        ("device --dir {tmp} --board esp8266_witty --set STORAGE=nvs", "'nvs' on an ESP32"),
        ("device --dir {tmp} --set SERVER=http://x", "mqtts://"),
        ("device --dir {tmp} --portal 8080", "HOST:PORT"),
        ("device --dir {tmp} --portal 127.0.0.1:{taken}", "--portal"),
        ("cloud --data {tmp} --http 127.0.0.1:{taken}", "--http"),
        ("cloud --data {tmp} --http 127.0.0.1:0 --mqtt 127.0.0.1:{taken}", "--mqtt"),
        ("run --http 127.0.0.1:{taken} --mqtt 127.0.0.1:0 --portal 127.0.0.1:0 --dns 127.0.0.1:0", "--http"),
        ("cloud --data {tmp} --public-host a/b", "--public-host"),
        ("demo --board nope", "esp8266_witty"),
        ("demo --picture {tmp}/nope/a.svg", "--picture"),
        ("board", "firstlight board --help"),
        ("board build --board nope", "esp8266_witty"),
        ("board build --brand {tmp}/nope", "--brand"),
        ("board preview --portal 127.0.0.1:{taken}", "--portal"),
        ("board preview --brand {tmp}", "brand.toml"),
        ("board wifi-qr 12", "MAC"),
        ("board wifi-qr 24:6F:28:AB:CD:EF --svg {tmp}/nope/a.svg", "--svg"),
        (
            "provision --portal http://127.0.0.1:1 --ssid a --password 12345678 --token {token} --host h",
            "http://127.0.0.1:1",
        ),
        ("provision --portal x --ssid a --password b", "--cloud"),
        ("provision --portal x --ssid {long} --password 12345678 --token {token} --host h", "--ssid"),
        ("provision --portal x --ssid a --password 12345 --token {token} --host h", "--password"),
        ("provision --portal x --ssid a --password 12345678 --token t --host h", "--token"),
    ],
)
def test_one_line_and_status_2(tmp_path, arguments, named):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = [
            word.format(tmp=tmp_path, taken=port, long="x" * 33, token="t" * 32) for word in arguments.split()
        ]
        done = run(*words)
    assert done.returncode == 2, done
    assert done.stderr.startswith("firstlight: ") and done.stderr.count("\n") == 1, done.stderr
    assert named in done.stderr


def test_demo_ends_by_itself_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("demo: ok in ") and float(last.split()[3]) < 60
    assert not list(tmp_path.iterdir())
    for words in ("722", "wanted temperature 24.5", "RESET_CONFIG", "plain text"):
        assert words in done.stdout
