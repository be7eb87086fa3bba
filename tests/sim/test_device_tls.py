"""TLS of a virtual device through the air: an ESP32 verifies, an ESP8266 cannot, as on the boards."""

from __future__ import annotations

import asyncio

import pytest

import support
from firstlight.bench.world import World
from support import HOME, SCALE
from tls_support import HOST, context, echo, pki, serving

PARTS = ("core/log", "core/aside", "net/wait", "net/stream", "net/tls")

MAIN = """
    import asyncio, network, ssl, sys
    sys.path.append("/")
    from net import tls
    from net.stream import connect

    async def main():
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        sta.connect("Home", "correct horse")
        while not sta.isconnected():
            await asyncio.sleep_ms(5)
        context = {context}
        try:
            stream = await connect("{host}", 8883, context)
            try:
                stream.write(b"hello")
                await stream.drain()
                heard = bytearray(5)
                await stream.readinto(heard)
                print("heard", bytes(heard))
            finally:
                stream.close()
        except Exception as error:
            print("refused", type(error).__name__, str(error).strip())

    asyncio.run(main())
"""


def outcome(tmp_path, board: str, chain: str, wanted: str, host: str = HOST) -> str:
    """What a board prints that connects to a server with this chain, with this context."""
    made = pki(tmp_path)
    main = MAIN.format(context=wanted.format(made.authority.read_bytes()), host=host)

    async def scenario() -> str:
        async with serving(echo, context(getattr(made, chain))) as port:
            names = {host: ("127.0.0.1", port)}
            options = {"board": board, "world": World((HOME,), SCALE, names), "parts": PARTS}
            async with support.running(tmp_path, main, **options) as device:
                event = await device.wait("log", line=lambda line: line.split()[0] in ("heard", "refused"))
                return event["line"]

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("chain", "line"),
    [
        ("good", "heard b'hello'"),
        ("expired", "refused ValueError The certificate validity has expired"),
        ("of_another", "refused ValueError The certificate is not correctly signed by the trusted CA"),
    ],
)
def test_an_esp32_verifies(tmp_path, chain, line):
    assert outcome(tmp_path, "esp32_devkit", chain, "tls.verifying([{}])") == line


def test_the_name_that_is_checked_is_the_one_in_the_air(tmp_path):
    line = outcome(tmp_path, "esp32_devkit", "good", "tls.verifying([{}])", host="elsewhere.example")
    assert line == "refused ValueError The certificate Common Name (CN) does not match with the expected CN"


def test_an_esp8266_takes_any_certificate(tmp_path):
    assert outcome(tmp_path, "esp8266_nodemcu", "self_signed", "tls.unverified()") == "heard b'hello'"


@pytest.mark.parametrize(("module", "load"), [("ssl", "cadata=b''"), ("tls", "b''")])
def test_what_an_esp8266_lacks(tmp_path, module, load):
    lacks = ("ssl.CERT_REQUIRED", "ssl.CERT_OPTIONAL")
    context = "ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)"
    setup = f"import {module} as ssl\ncontext = {context}\ncontext.verify_mode = 2"
    does = ("ssl.CERT_NONE", "context.verify_mode", f"{context}.load_verify_locations({load})", *lacks)

    def ask(folder, board):
        (tmp_path / folder).mkdir()
        return asyncio.run(support.answers(tmp_path / folder, *does, setup=setup, board=board))

    none, mode, *errors = ask("8266", "esp8266_nodemcu")
    assert (none, mode) == (0, 0) and all(error.startswith("AttributeError") for error in errors)
    none, mode, loaded, *rest = ask("32", "esp32_devkit")
    assert (none, mode, loaded, rest) == (0, 2, "ValueError('invalid cert',)", [2, 1])


def test_an_esp8266_cannot_make_a_context_that_verifies(tmp_path):
    """So that a product that asks for one is told, and not let down."""
    setup = "import sys\nsys.path.append('/')\nfrom net import tls"
    for board, answer in (("esp8266_nodemcu", "AttributeError"), ("esp32_devkit", "ValueError")):
        folder = tmp_path / board
        folder.mkdir()
        said = asyncio.run(
            support.answers(folder, "tls.verifying([b''])", setup=setup, board=board, parts=("net/tls",))
        )
        assert said[0].startswith(answer)
