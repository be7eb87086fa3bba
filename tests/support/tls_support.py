"""Certificates of every kind, and servers on loopback that show them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "cloud.example"  # what the good ones are for
DAY = datetime.timedelta(days=1)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Pki:
    """An authority that devices trust, and what servers show them. All are paths of PEM files."""

    authority: Path
    other_authority: Path
    good: Path
    expired: Path
    not_yet_valid: Path
    wrong_name: Path
    self_signed: Path
    of_another: Path
    rsa: Path


@functools.cache
def _authority(key: trustme.KeyType = trustme.KeyType.ECDSA) -> trustme.CA:
    return trustme.CA(key_type=key)


def pki(folder: Path) -> Pki:
    """Make everything anew below `folder`."""
    now = datetime.datetime.now(datetime.timezone.utc)
    ours, other = _authority(), trustme.CA()
    leaves = {
        "good": ours.issue_cert(HOST),
        "expired": ours.issue_cert(HOST, not_before=now - 30 * DAY, not_after=now - DAY),
        "not_yet_valid": ours.issue_cert(HOST, not_before=now + DAY, not_after=now + 30 * DAY),
        "wrong_name": ours.issue_cert("other.example"),
        "of_another": other.issue_cert(HOST),
        "rsa": ours.issue_cert(HOST, key_type=trustme.KeyType.RSA),
    }
    paths = {
        name: folder / f"{name}.pem" for name in (*leaves, "self_signed", "authority", "other_authority")
    }
    for name, leaf in leaves.items():
        leaf.private_key_and_cert_chain_pem.write_to_path(str(paths[name]))
    paths["self_signed"].write_bytes(_self_signed(now))
    ours.cert_pem.write_to_path(str(paths["authority"]))
    other.cert_pem.write_to_path(str(paths["other_authority"]))
    return Pki(**paths)


def _self_signed(now: datetime.datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + certificate.public_bytes(pem)


def context(chain: Path, newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> ssl.SSLContext:
    """What a server that shows this chain speaks TLS with."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.maximum_version = newest
    tls.load_cert_chain(chain)
    return tls


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say once what was said."""
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        writer.write(await reader.read(100))
        await writer.drain()


@contextlib.asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server on loopback."""
    server = await asyncio.start_server(handler, "127.0.0.1", ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
