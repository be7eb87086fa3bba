"""net.stream and net.tls in a real MicroPython, against real TLS servers with certificates of every kind."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

import pytest

from firstlight.board.build import build
from tls_support import HOST, Pki, context, echo, pki, serving

MICROPYTHON = Path(sys.executable).with_name("micropython")
DRIVER = Path(__file__).parents[1] / "firmware" / "tls_driver.py"
BROKEN_OFF = "702 the cloud could not be reached, or broke off"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Pki:
    return pki(tmp_path_factory.mktemp("pki"))


async def outcome(port: int, *trusted: Path | str, host: str = HOST, ms: int = 10_000) -> str:
    """What came of a device's connection. It must not leave a socket open, whatever that is."""
    command = [DRIVER, build() / "fw", host, str(port), str(ms), *trusted]
    device = await asyncio.create_subprocess_exec(
        MICROPYTHON, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await device.communicate())[0].decode().splitlines()
    assert said[-1] == "left open 0", said
    assert len(said) == 2, said
    return said[0]


def against(chain: Path, *trusted: Path | str, host: str = HOST) -> str:
    """The outcome with a server that shows this chain."""

    async def scenario() -> str:
        async with serving(echo, context(chain)) as port:
            return await outcome(port, *trusted, host=host)

    return asyncio.run(scenario())


def without_tls(handler, ms: int = 10_000) -> str:
    """The outcome with a server that does what `handler` does."""

    async def scenario() -> str:
        async with serving(handler) as port:
            return await outcome(port, ms=ms)

    return asyncio.run(scenario())


@pytest.mark.parametrize("chain", ["good", "rsa"])
def test_a_good_certificate_is_accepted(made, chain):
    assert against(getattr(made, chain), made.authority) == "heard b'hello'"
    assert against(getattr(made, chain), made.other_authority, made.authority) == "heard b'hello'"


def test_an_authority_may_be_der(made, tmp_path):
    der = tmp_path / "authority.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(made.authority.read_text()))
    assert against(made.good, der) == "heard b'hello'"


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        ("expired", "The certificate validity has expired"),
        ("not_yet_valid", "The certificate validity starts in the future"),
        ("wrong_name", "The certificate Common Name (CN) does not match with the expected CN"),
        ("self_signed", "The certificate is not correctly signed by the trusted CA"),
        ("of_another", "The certificate is not correctly signed by the trusted CA"),
    ],
)
def test_every_other_one_is_refused_with_its_reason(made, chain, reason):
    assert against(getattr(made, chain), made.authority) == f"ValueError 711 {reason}"


def test_the_name_is_the_one_that_was_asked_for(made):
    """The same server under another name: its certificate is good, but not for this."""
    refused = against(made.good, made.authority, host="elsewhere.example")
    assert refused == "ValueError 711 The certificate Common Name (CN) does not match with the expected CN"


def test_the_built_in_authorities_do_not_know_ours(made):
    assert against(made.good) == "ValueError 711 The certificate is not correctly signed by the trusted CA"


@pytest.mark.parametrize("chain", ["good", "expired", "wrong_name", "self_signed"])
def test_unverified_takes_any(made, chain):
    assert against(getattr(made, chain), "-") == "heard b'hello'"


def test_a_stalled_handshake_ends_at_the_deadline():
    async def silence(reader, writer):
        while await reader.read(1000):
            pass
        writer.close()

    start = time.monotonic()
    assert without_tls(silence, ms=500) == "TimeoutError 702 the cloud did not answer in time"
    assert 0.5 <= time.monotonic() - start < 5


def test_a_plain_server_on_the_port_of_tls():
    async def web(reader, writer):
        await reader.read(1000)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    assert without_tls(web) == "OSError 711 the server does not speak TLS"


def test_a_server_that_hangs_up():
    async def hang_up(reader, writer):
        await reader.read(1000)
        writer.close()

    async def reset(reader, writer):
        await reader.read(1000)
        writer.transport.abort()

    for handler in (hang_up, reset):
        assert without_tls(handler) == f"OSError {BROKEN_OFF}"


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert asyncio.run(outcome(port)) == f"OSError {BROKEN_OFF}"


def test_a_name_that_nobody_has():
    assert asyncio.run(outcome(1, host="nobody.invalid")) == "LookupFailed 710 the cloud's name was not found"


def test_no_common_language(made):
    """The server's alert is not lost, and is no matter of the network. asyncio's servers send none."""
    tls = context(made.good)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers("DHE-RSA-CHACHA20-POLY1305")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_refuse, args=(listener, tls))
        server.start()
        said = asyncio.run(outcome(listener.getsockname()[1], made.authority))
        server.join()
    assert said.startswith("OSError 711 the TLS handshake failed: MBEDTLS_ERR_SSL_")


def _refuse(listener: socket.socket, tls: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with connection, pytest.raises(ssl.SSLError):
        tls.wrap_socket(connection, server_side=True)
