"""Debian's mosquitto on loopback, for one device: plain and TLS, user names, passwords, topics of its own."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from firstlight.bench import ports

MISSING = "mosquitto is not installed: apt-get install mosquitto"
_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"  # not on everybody's PATH
_STARTS_WITHIN_S = 10.0


def find() -> str | None:
    """The broker's program, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=_FOLDERS)


class Mosquitto:
    """A broker; use as `async with Mosquitto(…) as broker`. Its ports stay the same when it restarts.

    directory: where its files go, made when it is not there.
    users: passwords by user name; the topics of each, `#` for all, by the same name in `branches`.
    certificate: a PEM file of certificate and key; with it there is a TLS port, too.
    Raises FileNotFoundError when mosquitto is not installed, RuntimeError when it does not start.
    """

    def __init__(
        self,
        directory: Path,
        users: dict[str, str],
        branches: dict[str, str],
        certificate: Path | None = None,
    ) -> None:
        program = find()
        if not program:
            raise FileNotFoundError(MISSING)
        self._program = program
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        _, self.port = ports.choose(("127.0.0.1", 0), "broker", 1)
        _, self.tls_port = ports.choose(("127.0.0.1", 0), "broker", 1)
        self._process: asyncio.subprocess.Process | None = None
        self._configure(users, branches, certificate)

    def _configure(self, users: dict[str, str], branches: dict[str, str], certificate: Path | None) -> None:
        passwords = self._directory / "passwords"
        passwords.write_text("".join(f"{user}:{password}\n" for user, password in users.items()))
        passwords.chmod(0o600)
        hashing = Path(self._program).parent.parent / "bin" / "mosquitto_passwd"
        subprocess.run([hashing if hashing.exists() else "mosquitto_passwd", "-U", passwords], check=True)
        rights = self._directory / "rights"
        rights.write_text("".join(f"user {user}\ntopic {topics}\n" for user, topics in branches.items()))
        rights.chmod(0o600)
        lines = [
            f"user {getpass.getuser()}",  # started by root it would become a user who may read nothing here
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {rights}",
            "persistence false",
            "log_dest file " + str(self._directory / "log"),
            f"listener {self.port} 127.0.0.1",
        ]
        if certificate:
            lines += [
                f"listener {self.tls_port} 127.0.0.1",
                f"certfile {certificate}",
                f"keyfile {certificate}",
            ]
        (self._directory / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    async def __aenter__(self) -> Mosquitto:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Until it takes connections; nothing happens when it runs."""
        if self._process:
            return
        self._process = await asyncio.create_subprocess_exec(
            self._program, "-c", str(self._directory / "mosquitto.conf"), stderr=asyncio.subprocess.DEVNULL
        )
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _STARTS_WITHIN_S
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                return writer.close()
            except OSError:
                if self._process.returncode is not None or loop.time() > deadline:
                    raise RuntimeError(f"mosquitto does not start; see {self._directory / 'log'}") from None
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Its connections break, and what it knew of its clients is forgotten."""
        process, self._process = self._process, None
        if process:
            if process.returncode is None:
                process.kill()
            await process.wait()
