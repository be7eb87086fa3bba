"""Servers that stand where the broker should: a captive portal, one that refuses, wrong certificates."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NOT_AUTHORIZED = b"\x20\x02\x00\x05"  # CONNACK
_LOGIN = b"<html><title>Welcome to Hotel Firstlight</title><a href='/login'>log in</a></html>"
_REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n"
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(_LOGIN), _LOGIN)
_NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
_CHUNK = 16384
_LONGEST_S = 30.0

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Certificates:
    """An authority that devices trust, what it issued for these names, and what they must refuse."""

    def __init__(self, *names: str) -> None:
        self._authority = trustme.CA(organization_name="Firstlight chaos")
        self.root = self._authority.cert_pem.bytes()
        self.good = self._authority.issue_cert(*names)
        past = datetime.datetime(
            2020, 1, 1, tzinfo=datetime.timezone.utc
        )  # also by a clock at the build date
        leaves = {
            "good certificate": self.good,
            "expired": self._authority.issue_cert(*names, not_after=past),
            "wrong name": self._authority.issue_cert("somebody-else.example"),
        }
        self._pem = {kind: leaf.private_key_and_cert_chain_pem.bytes() for kind, leaf in leaves.items()}
        self._pem["self-signed"] = _self_signed(names[0])

    def write(self, path: Path) -> Path:
        """Certificate and key, as a broker wants them."""
        path.write_bytes(self.good.private_key_and_cert_chain_pem.bytes())
        path.chmod(0o600)
        return path

    def context(self, kind: str) -> ssl.SSLContext:
        """For a server that shows this one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(self._pem[kind])
            file.flush()
            context.load_cert_chain(file.name)
        return context


def _self_signed(name: str) -> bytes:
    """Key and certificate that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)


class Impostors:
    """All of them, each on a loopback port that `ports` has under its name; use as `async with`.

    broker: its plain port, where those with a certificate lead whoever accepts it.
    certificates: None leaves out what talks TLS.
    """

    def __init__(self, broker: int, certificates: Certificates | None) -> None:
        self._broker = broker
        self._certificates = certificates
        self._stack = contextlib.AsyncExitStack()
        self._odd = False
        self.ports: dict[str, int] = {}

    async def __aenter__(self) -> Impostors:
        await self._serve("captive portal", self._login)
        await self._serve("internet", self._no_content)
        if self._certificates:
            for kind in ("expired", "wrong name", "self-signed"):
                await self._serve(kind, self._pass_on, self._certificates.context(kind))
            await self._serve("refused", self._refuse, self._certificates.context("good certificate"))
        else:
            await self._serve("refused", self._refuse)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def _serve(self, name: str, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        tasks: set[asyncio.Task] = set()

        async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            tasks.add(task)
            try:
                await asyncio.wait_for(handler(reader, writer), _LONGEST_S)
            except (OSError, EOFError, asyncio.TimeoutError, asyncio.CancelledError):
                pass  # whoever came has gone, or the scenario is over
            finally:
                tasks.discard(task)
                writer.transport.abort() if tls else writer.close()

        server = await asyncio.start_server(visited, "127.0.0.1", 0, ssl=tls)
        self.ports[name] = server.sockets[0].getsockname()[1]

        async def close() -> None:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._stack.push_async_callback(close)

    async def _login(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """To whatever is asked: the login page, or the way there, in turn."""
        await reader.read(_CHUNK)
        self._odd = not self._odd
        writer.write(_REDIRECT if self._odd else _PAGE)
        await writer.drain()

    async def _no_content(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What a free internet answers to those who ask whether it is there."""
        await reader.read(_CHUNK)
        writer.write(_NO_CONTENT)
        await writer.drain()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not this token."""
        await reader.read(_CHUNK)  # CONNECT: one write, as every client's
        writer.write(_NOT_AUTHORIZED)
        await writer.drain()
        await reader.read(_CHUNK)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Who accepts the certificate gets to the broker: an ESP8266, which cannot verify one."""
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._broker)
        pumps = [
            asyncio.create_task(_pump(reader, there_writer)),
            asyncio.create_task(_pump(there_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            there_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
