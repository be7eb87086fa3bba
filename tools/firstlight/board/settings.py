"""What a unit shall know from the factory: its token, out of a file, and the networks, out of another."""

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

_MOST = 16  # networks that a device keeps
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
    try:
        if source != "-":
            text = Path(source).read_text(encoding="utf-8")
        elif sys.stdin.isatty():
            text = getpass.getpass("Token: ")
        else:
            text = sys.stdin.readline()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UserError(
            f"--token-file: cannot read {source} ({reason}); give a file, or - for standard input"
        ) from None
    return text.removeprefix("\ufeff").strip()  # some editors put a mark first


def read_networks(path: Path | None) -> list[dict[str, str]]:
    """The `[[network]]` tables of a TOML file, as fields of the portal. Raises UserError."""
    if path is None:
        return []
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("network", [])
    except OSError as error:
        raise UserError(f"--networks: cannot read {path} ({error.strerror}); give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise UserError(f"--networks: {path} is no TOML: {error}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
        raise UserError(f"--networks: {path} has no [[network]] table; see docs/delivery.md")
    if len(tables) > _MOST:
        raise UserError(f"--networks: {path} has {len(tables)} networks; a device keeps {_MOST}")
    known: dict[str, int] = {}
    networks = []
    for number, table in enumerate(tables, 1):
        where = f"--networks: {path}: network {number}"
        networks.append(_network(table, where))
        first = known.setdefault(table["ssid"], number)
        if first != number:
            raise UserError(f"{where}: has the ssid of network {first}; a device knows each once")
    return networks


def _network(table: dict, where: str) -> dict[str, str]:
    """Its fields. Raises UserError without a value of the table's in it: it may be a password."""
    strange = sorted(table.keys() - _NETWORK)
    if strange:
        raise UserError(f"{where}: {strange[0]!r} is not understood; there are {', '.join(sorted(_NETWORK))}")
    if "ssid" not in table:
        raise UserError(f'{where}: has no ssid; give ssid = "…"')
    fields = {name: value for name, value in table.items() if name != "hidden"}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise UserError(f'{where}: {name} is a text; put it in quotes, {name} = "…"')
    if not isinstance(table.get("hidden", False), bool):
        raise UserError(f"{where}: hidden is true or false, without quotes")
    if table.get("hidden"):
        fields["ssidManual"] = fields.pop("ssid")
    return {FIELDS.get(name, name): value for name, value in fields.items()}
