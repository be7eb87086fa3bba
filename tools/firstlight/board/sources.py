"""Files that are read and written to build: whatever is wrong with one is a line that names it."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path

from firstlight.errors import UserError

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "firmware"


def shown(path: Path) -> str:
    """A path as a maker knows it: firmware/product.py."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def read(path: Path) -> str:
    """What a source says. Raises UserError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{shown(path)}: is not UTF-8; save it as that") from None
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be read ({error.strerror})") from None


def parsed(path: Path) -> ast.Module:
    """A source as a tree. Raises UserError when it cannot be read, or is no Python."""
    return parse(read(path), shown(path))


def parse(text: str, name: str) -> ast.Module:
    """A source's text as a tree. name: for the message. Raises UserError when it is no Python."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise does_not_compile(name, error.lineno, error.msg) from None
    except ValueError as error:  # a null byte
        raise does_not_compile(name, None, str(error)) from None


def does_not_compile(name: str, line: object, problem: str) -> UserError:
    """In the same words, whichever compiler found it. line: None where it is not known."""
    return UserError(f"{name}{f', line {line}' if line else ''} does not compile: {problem}")


@contextlib.contextmanager
def writing(place: Path) -> Iterator[None]:
    """Raise UserError for what cannot be written. place: what that is, where the error does not say."""
    try:
        yield
    except OSError as error:
        path = Path(error.filename2 or error.filename or place)
        raise UserError(
            f"{shown(path)}: cannot be written ({error.strerror}); see what lies there, and move it away"
        ) from None
