"""The broker of a campaign: Debian's mosquitto, where each user has a branch of topics of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from brokers import Mosquitto

MISSING = "mosquitto is not installed: apt-get install mosquitto"


def find() -> str | None:
    """The broker's program, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def broker(
    directory: Path, users: dict[str, str], branches: dict[str, str], certificate: Path | None
) -> Mosquitto:
    """A broker to be entered.

    users: passwords by name; branches: the topics that each may use, `#` for all. certificate: a PEM file of
    certificate and key, for its TLS port.
    """
    directory.mkdir(parents=True, exist_ok=True)
    rights = directory / "rights"
    rights.write_text("".join(f"user {user}\ntopic {topics}\n" for user, topics in branches.items()))
    rights.chmod(0o600)
    return Mosquitto(directory, users, certificate, conf=f"acl_file {rights}")
