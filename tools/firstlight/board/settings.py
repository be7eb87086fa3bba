"""What a unit is given at the factory: its token, its cloud, its networks."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass, field
from pathlib import Path

from firstlight.errors import UserError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NETWORK = {"ssid", "password", "hidden", "ip", "mask", "gateway", "dns"}
FIELDS = {"password": "pass", "gateway": "gw"}  # as the portal calls them


@dataclass(frozen=True)
class Settings:
    """What a unit shall know from the factory. Secrets: its text form shows none of it."""

    token: str = field(repr=False)
    server: str = ""
    networks: list[dict[str, str]] = field(default_factory=list, repr=False)

    def fields(self) -> list[dict[str, str]]:
        """One dict of portal fields a network; without networks one with a name that no network has."""
        common = {"blynk": self.token, "host": self.server}
        return [{**common, **network} for network in self.networks or [{"ssid": "\0"}]]


def read_token(source: str) -> str:
    """The token in a file, or for "-" from standard input, where a terminal does not show it."""
    if source == "-":
        text = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline()
        return text.strip()
    try:
        return Path(source).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(
            f"--token-file: cannot read {source} ({reason}); give a file, or - for standard input"
        ) from None


def read_networks(path: Path | None) -> list[dict[str, str]]:
    """The `[[network]]` tables of a TOML file, as fields of the portal. Raises UserError."""
    if path is None:
        return []
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("network", [])
    except OSError as error:
        raise UserError(f"--networks: cannot read {path} ({error.strerror}); give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise UserError(f"--networks: {path} is no TOML: {error}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
        raise UserError(f"--networks: {path} has no [[network]] table; see docs/delivery.md")
    if len(tables) > 16:
        raise UserError(f"--networks: {path} has {len(tables)} networks; a device keeps 16")
    return [_network(table, path) for table in tables]


def _network(table: dict, path: Path) -> dict[str, str]:
    strange = sorted(table.keys() - _NETWORK)
    if strange:
        raise UserError(
            f"--networks: {path}: {strange[0]!r} is not understood; there are {', '.join(sorted(_NETWORK))}"
        )
    fields = {FIELDS.get(name, name): value for name, value in table.items() if name != "hidden"}
    wrong = sorted(name for name, value in fields.items() if not isinstance(value, str))
    if wrong or "ssid" not in fields:
        raise UserError(f"--networks: {path}: every network has an ssid, and texts in quotes")
    if table.get("hidden") is True:
        fields["ssidManual"] = fields.pop("ssid")
    return fields
