"""Real brokers for tests: Debian's Mosquitto, plain and over TLS, and the certificates for it.

Where Mosquitto is missing, whoever asks for one is skipped; with FIRSTLIGHT_REQUIRE_MOSQUITTO=1 it fails.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest
import trustme

from firstlight.bench import ports

_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"  # where Debian puts servers
_PATIENCE_S = 10


class Authority:
    """A certificate authority of its own: `pem`, or for MicroPython `der`, is what a client trusts."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem = self._ca.cert_pem.bytes().decode()
        self.der = ssl.PEM_cert_to_DER_cert(self.pem)

    def issue(self, path: Path, *names: str, expires: datetime | None = None) -> Path:
        """Write key and certificate for these host names or addresses as one PEM file; return its path."""
        self._ca.issue_cert(*names, not_after=expires).private_key_and_cert_chain_pem.write_to_path(path)
        return path


class Mosquitto:
    """A Mosquitto on a free loopback port for the length of a `with` block.

    `users` maps names to passwords; without it everybody is let in. With `certificate`, a PEM file as
    `Authority.issue` writes it, it listens on `tls_port` too. `conf` is appended to its configuration.
    `start` after `kill` comes up on the same ports.
    """

    def __init__(
        self,
        directory: Path,
        users: dict[str, str] | None = None,
        certificate: Path | None = None,
        conf: str = "",
    ) -> None:
        self._directory = directory
        self._users = users
        self._certificate = certificate
        self._conf = conf
        self._program = program("mosquitto")
        self._process: subprocess.Popen[bytes] | None = None
        self.log = directory / "mosquitto.log"
        self.port = 0
        self.tls_port = 0

    def __enter__(self) -> Mosquitto:
        self._directory.mkdir(parents=True, exist_ok=True)
        for last in (False, False, True):  # a port that was free a moment ago may be taken by now
            self.port, self.tls_port = free_port(), free_port()
            try:
                self.start()
                return self
            except OSError:
                if last:
                    raise
        raise AssertionError

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Return when it takes connections. Raises OSError, with what it logged, when it does not."""
        conf = self._directory / "mosquitto.conf"
        conf.write_text(self._configuration())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", conf], stdout=log, stderr=log)
        end = time.monotonic() + _PATIENCE_S
        while not _answers(self.tls_port if self._certificate else self.port):  # the last to be opened
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise OSError(f"mosquitto did not start: {self.log.read_text()[-500:]}")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power cut does: connections are reset, sessions and messages forgotten."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stall(self) -> None:
        """Let it do nothing until `resume`: connections stay, and the kernel still takes what arrives."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def _configuration(self) -> str:
        lines = ["persistence false", "connection_messages true", f"listener {self.port} 127.0.0.1"]
        if self._certificate:
            pem = self._certificate
            lines += [f"listener {self.tls_port} 127.0.0.1", f"certfile {pem}", f"keyfile {pem}"]
        if os.geteuid() == 0:
            lines.append("user root")  # it would become someone who may not read our files
        lines.append(f"allow_anonymous {str(self._users is None).lower()}")
        if self._users is not None:
            lines.append(f"password_file {self._passwords(self._users)}")
        return "\n".join([*lines, self._conf, ""])

    def _passwords(self, users: dict[str, str]) -> Path:
        path = self._directory / "passwords"
        path.write_text("".join(f"{name}:{password}\n" for name, password in users.items()))
        path.chmod(0o600)
        subprocess.run([program("mosquitto_passwd"), "-U", path], check=True)
        return path


def program(name: str) -> str:
    """Return where a program of Mosquitto's is; without it, skip the test or fail it, as told."""
    found = shutil.which(name, path=_SBIN)
    if not found:
        words = f"{name} is missing: apt-get install mosquitto"
        if os.environ.get("FIRSTLIGHT_REQUIRE_MOSQUITTO") == "1":
            pytest.fail(words)
        pytest.skip(words)
    return found


def free_port() -> int:
    """Return one below those of clients: it must still be free when a broker that was killed comes back."""
    return ports.choose(("127.0.0.1", 0), "broker", socket.SOCK_STREAM)[1]


def server_context(certificate: Path) -> ssl.SSLContext:
    """Return what a TLS server of ours needs, from a PEM file as `Authority.issue` writes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False
