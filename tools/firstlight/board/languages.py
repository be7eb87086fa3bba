"""The page's languages: one flat JSON file each, and what a brand adds to them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from firstlight.errors import UserError

Texts = dict[str, dict[str, str]]  # language -> key -> text

REFERENCE = "en"  # has every key, and the placeholders that every text of a key must have
_NAME = "language"  # the key of the language's own name


def load(folder: Path) -> Texts:
    """Read every `xx.json` of a folder; none when there is no folder.

    Raises UserError for a file that is not what its name says, or not an object of texts.
    """
    return {path.stem: _load(path) for path in sorted(folder.glob("[!.]*")) if not path.name.endswith("~")}


def _load(path: Path) -> dict[str, str]:
    if not re.fullmatch(r"[a-z]{2}\.json", path.name):
        raise UserError(f"{path}: is no language; name it by two letters, such as nl.json")
    try:
        texts = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not UTF-8; save it as that") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise UserError(f'{path}: is not one object of texts, {{"key": "text", …}}')
    return texts


def merged(own: Texts, added: Texts, folder: Path) -> Texts:
    """The page's languages with a brand's texts in their place and its further languages after them.

    folder: where the brand's came from, for messages.
    Raises UserError for an unknown key, a key that a further language lacks, and other placeholders.
    """
    reference = own[REFERENCE]
    both = dict(own)
    for code, texts in added.items():
        where = folder / f"{code}.json"
        for key, text in texts.items():
            _check(key, text, reference, where)
        both[code] = {**own.get(code, {}), **texts}
        missing = [key for key in reference if key not in both[code]]
        if missing:
            shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            raise UserError(f"{where}: lacks {shown}; a language of your own needs every key of en.json")
    return both


def _check(key: str, text: str, reference: dict[str, str], where: Path) -> None:
    if key not in reference:
        near = difflib.get_close_matches(key, reference, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(reference))}"
        raise UserError(f"{where}: {key!r} is unknown; {hint}")
    if not text.strip():
        raise UserError(f"{where}: {key} is empty")
    wanted = _placeholders(reference[key])
    if _placeholders(text) != wanted:
        needs = " and ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
        raise UserError(f"{where}: {key} has other placeholders than the English text; it needs {needs}")


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def chosen(texts: Texts, wanted: Sequence[str], where: str) -> Texts:
    """The wanted languages in this order; all of them, the reference first, when none is named.

    where: what named them, for messages. Raises UserError for one that there is not, or that comes twice.
    """
    for code in wanted:
        if code not in texts:
            raise UserError(f"{where}: {code!r} is unknown; there are {', '.join(sorted(texts))}")
        if list(wanted).count(code) > 1:
            raise UserError(f"{where}: {code!r} comes twice")
    return {code: texts[code] for code in wanted or sorted(texts, key=lambda code: code != REFERENCE)}


def names(texts: Texts) -> dict[str, str]:
    """Each language's own name."""
    return {code: of[_NAME] for code, of in texts.items()}


def phrases(texts: Texts) -> tuple[list[str], dict[str, list[str]]]:
    """The keys, once, and each language's texts in their order: this packs tighter than an object each."""
    keys = [key for key in next(iter(texts.values())) if key != _NAME]
    return keys, {code: [of[key] for key in keys] for code, of in texts.items()}
