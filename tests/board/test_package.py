"""What `board build` writes beside the tree: the manifest, and the package that mip installs."""

from __future__ import annotations

import hashlib
import http.server
import json
import subprocess
import sys
import threading
from functools import partial

import pytest

from board_support import on_port
from firstlight.bench import boards
from firstlight.board import manifest
from firstlight.board.build import build
from firstlight.errors import UserError
from test_deploy import lying


@pytest.fixture
def built(tmp_path):
    tree = build("esp8266_witty", output=tmp_path / "firmware")
    manifest.publish(tree, boards.board("esp8266_witty"), "0.1.0", "1.26")
    return tree


def contents(tree):
    return {
        f"/{path.relative_to(tree).as_posix()}": path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file()
    }


def test_the_manifest_tells_every_file(built):
    told = json.loads(built.with_name("manifest.json").read_text())
    files = contents(built)
    assert {f"/{name}": entry["sha256"] for name, entry in told["files"].items()} == {
        path: hashlib.sha256(content).hexdigest() for path, content in files.items()
    }
    assert (
        told["size"]
        == sum(entry["size"] for entry in told["files"].values())
        == sum(map(len, files.values()))
    )
    assert (told["board"], told["chip"], told["micropython"], told["mpy"]) == (
        "esp8266_witty",
        "esp8266",
        "1.26",
        "6.3",
    )


def test_both_files_are_the_same_bytes_for_the_same_sources(built, tmp_path):
    other = build("esp8266_witty", output=tmp_path / "other" / "firmware")
    manifest.publish(other, boards.board("esp8266_witty"), "0.1.0", "1.26")
    for name in ("manifest.json", "package.json"):
        assert built.with_name(name).read_bytes() == other.with_name(name).read_bytes()


def test_the_board_that_a_tree_was_built_for(built, tmp_path):
    assert manifest.board_of(built, None).name == "esp8266_witty"
    with pytest.raises(UserError, match=r"was built for esp8266_witty, not for esp32_devkit; build it anew"):
        manifest.board_of(built, "esp32_devkit")
    assert manifest.board_of(tmp_path / "elsewhere" / "tree", None) is None
    assert manifest.board_of(tmp_path / "elsewhere" / "tree", "esp32_devkit").chip == "esp32"


def test_main_py_is_installed_last(built):
    assert json.loads(built.with_name("package.json").read_text())["urls"][-1][0] == "main.py"


@pytest.fixture
def server(built):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=built.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever).start()
        yield f"http://127.0.0.1:{httpd.server_port}/package.json"
        httpd.shutdown()


@pytest.mark.parametrize("source", ["folder", "server"])
def test_mpremote_installs_the_package(built, tmp_path, request, source):
    package = built.with_name("package.json") if source == "folder" else request.getfixturevalue("server")
    with on_port(tmp_path) as board:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "mpremote",
                "connect",
                board.port,
                "mip",
                "install",
                "--target",
                "/",
                package,
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 and done.stdout.rstrip().endswith("Done"), (
            done.stdout[-500:] + done.stderr
        )
        board.do(board.unit.reset())
        board.line(lambda line: line.endswith("state WAIT_CONFIG"))
        assert lying(board) == contents(built)
