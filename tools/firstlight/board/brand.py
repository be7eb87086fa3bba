"""A manufacturer's brand: one folder with name, colour, icon, instructions and languages for the page."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from firstlight.board import icon as icons
from firstlight.board import languages
from firstlight.board.colours import Accent, parse
from firstlight.errors import UserError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAME_MOST = 40  # characters
_STEPS_MOST = 10
_STEP_MOST = 200  # characters
_PARTS = ("brand.toml", "icon.svg", "languages")


@dataclass(frozen=True)
class Brand:
    """What a brand's folder says. Everything but the name may be absent."""

    folder: Path
    name: str
    accent: Accent | None = None
    icon: str = ""  # an <svg> element, fit to stand in the page
    languages: tuple[str, ...] = ()  # those to build in, the default first; none: all of them
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)  # instructions by language
    texts: languages.Texts = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        """Its `brand.toml`, to be named in messages."""
        return self.folder / "brand.toml"


def load(folder: Path) -> Brand:
    """Read a brand's folder; `docs/brand.md` says what belongs in it.

    Raises UserError, naming file, key and remedy, for whatever the page could not show as it is meant.
    """
    if not folder.is_dir():
        raise UserError(f"--brand: {folder} is no folder; make it, with a brand.toml in it")
    for path in _entries(folder):
        if path.name not in _PARTS and not path.name.startswith((".", "README")) and path.name[-1] != "~":
            raise UserError(f"{path}: does not belong to a brand; there are {', '.join(_PARTS)}")
    settings = folder / "brand.toml"
    table = _settings(settings)
    return Brand(
        folder,
        name=_name(table, settings),
        accent=_accent(table.get("accent"), settings),
        icon=_icon(folder / "icon.svg"),
        languages=_texts(table.get("languages", []), f"{settings}: languages", 'codes, such as ["en", "de"]'),
        steps=_steps(table.get("steps", {}), settings),
        texts=languages.load(folder / "languages"),
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UserError(f"--brand: {folder} cannot be read ({error.strerror})") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark first
    except FileNotFoundError:
        raise UserError(f'{path}: is missing; it says at least name = "…"') from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not UTF-8; save it as that") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


def _settings(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {error}") from None
    known = ("name", "accent", "languages", "steps")
    for key in table:
        if key not in known:
            raise UserError(f"{path}: {key!r} is unknown; there are {', '.join(known)}")
    return table


def _name(table: dict[str, object], path: Path) -> str:
    name = table.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= _NAME_MOST or not name.isprintable():
        raise UserError(f'{path}: needs name = "…", 1 to {_NAME_MOST} characters on one line')
    return name.strip()


def _accent(table: object, path: Path) -> Accent | None:
    if table is None:
        return None
    if not isinstance(table, dict) or set(table) != {"light", "dark"}:
        raise UserError(f'{path}: accent needs two colours, {{ light = "#0b7a5c", dark = "#4ad9ab" }}')
    return Accent(**{scheme: parse(colour, f"{path}: accent.{scheme}") for scheme, colour in table.items()})


def _icon(path: Path) -> str:
    return icons.inline(_read(path), str(path)) if path.exists() else ""


def _steps(table: object, path: Path) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise UserError(f'{path}: steps is a table of languages, [steps] with en = ["…", "…"] below it')
    steps = {}
    for code, value in table.items():
        where = f"{path}: steps.{code}"
        steps[code] = _texts(value, where, 'instructions, such as ["Plug it in."]')
        if len(steps[code]) > _STEPS_MOST:
            raise UserError(
                f"{where} has {len(steps[code])} instructions; {_STEPS_MOST} at most fit the page"
            )
        if any(len(step) > _STEP_MOST for step in steps[code]):
            raise UserError(f"{where} has an instruction of over {_STEP_MOST} characters; make two of it")
    return steps


def _texts(value: object, where: str, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise UserError(f"{where} is no list of {what}")
    return tuple(text.strip() for text in value)
