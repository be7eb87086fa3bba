"""`firstlight board preview`: the page on a real virtual device, anew when a file changes, gone at Ctrl-C."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import subprocess
import time

import httpx
from rich.console import Console

from firstlight.bench import ports
from firstlight.board import build, preview
from page_support import brand_folder, sources
from test_cli import FIRSTLIGHT


def free_port() -> tuple[str, int]:
    return ports.choose(("127.0.0.1", 0), "--portal", socket.SOCK_STREAM)


async def shown(url: str, words: str) -> str:
    """The page, as soon as it has these words."""
    deadline = time.monotonic() + 20
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            try:
                text = (await client.get(url)).text
            except httpx.TransportError:
                text = ""  # it restarts
            if words in text:
                return text
            await asyncio.sleep(0.1)
    raise AssertionError(f"the page never had {words!r}")


async def told(said: io.StringIO, words: str) -> None:
    deadline = time.monotonic() + 20
    while words not in said.getvalue():
        assert time.monotonic() < deadline, said.getvalue()
        await asyncio.sleep(0.1)


def test_it_follows_the_files(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()
    source, folder = sources(tmp_path), brand_folder(tmp_path)
    for module in (build, preview):
        monkeypatch.setattr(module, "PAGE", source)
    said, (host, port) = io.StringIO(), free_port()
    url = f"http://{host}:{port}"

    async def scenario() -> None:
        console = Console(file=said, width=200)
        task = asyncio.create_task(preview.preview("esp8266_nodemcu", folder, ["en"], (host, port), console))
        assert "<title>Acme</title>" in await shown(url, "Acme")
        assert url in said.getvalue() and str(folder) in said.getvalue()
        (folder / "brand.toml").write_text('name = "Meca"')
        await shown(url, "<title>Meca</title>")
        (folder / "brand.toml").write_text('nick = "Emca"')
        await told(said, "brand.toml: 'nick' is unknown")
        await shown(url, "<title>Meca</title>")
        (source / "style.css").write_text((source / "style.css").read_text() + "b { top: 7px }")
        (folder / "brand.toml").write_text('name = "Back"')
        assert "<title>Back</title>" in await shown(url, "b{top:7px}")
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()

    asyncio.run(scenario())
    assert not list((tmp_path / "temporary").iterdir())


def test_ctrl_c_ends_it_cleanly(tmp_path):
    host, port = free_port()
    process = subprocess.Popen(
        [FIRSTLIGHT, "board", "preview", "--portal", f"{host}:{port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    )
    try:
        asyncio.run(shown(f"http://{host}:{port}", "<title>"))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert errors == "" and f"http://{host}:{port}" in output
    assert not list(tmp_path.iterdir())
