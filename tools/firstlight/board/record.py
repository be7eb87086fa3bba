"""Writes the record of a unit that is set up at the factory. The firmware's own code checks and stores it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from firstlight.bench.boards import literals
from firstlight.bench.process import SIM
from firstlight.bench.storage import Storage
from firstlight.board.build import SOURCE, build
from firstlight.board.deploy import explain, replace
from firstlight.board.settings import FIELDS, Settings
from firstlight.board.transport import Board, DeviceError
from firstlight.errors import UserError

# What the firmware says of a field is said of what it came from.
_SOURCES = {"blynk": "--token-file", "host": "--server", "record": "the record"}
_KEYS = {field: key for key, field in FIELDS.items()}

# Runs in MicroPython, on the board or here. `given`: fields as a phone would post them, one dict a network.
# An answer with `!` tells of a mistake: `!NETWORK FIELD: what is wrong`.
_ACCOUNT = """\
def fl_account(given, kept=False):
 from cloud.server import Server
 from provisioning.form import Form, FormError
 from storage.account import Account, Network
 a = Account()
 number = 0
 try:
  for fields in given:
   number += 1
   f = Form(fields, kept)
   if f.server:
    Server(f.server)
   a.token, a.server = f.token, f.server
   if f.ssid != b'\\0':
    a.networks.append(Network(f.ssid, f.password, f.hidden, f.static))
 except FormError as e:
  return '!%d %s: %s' % (number, e.field, e.problem)
 except ValueError as e:
  return '!0 host: %s' % e
 return a
"""
_STORE = (
    _ACCOUNT
    + """
def fl_store(c, given, version):
 from storage.record import pack_account
 a = fl_account(given)
 if isinstance(a, str):
  return a
 wanted = pack_account(a, 0)
 c.erase()
 c.candidate, c.erasing = a, 0
 c.accepted(version)
 c = type(c)(c._journal)
 return 'stored' if c.verified and pack_account(c.verified, 0) == wanted else '!0 record: reads back wrong'
"""
)

# Run here, with the firmware's folder and the stand-ins'. The settings come through standard input, unseen.
_BEGIN = """
import json, sys
firmware, sim = sys.argv[1:3]
given, version = json.load(sys.stdin)
given = [dict([(k, v.encode()) for k, v in f.items()]) for f in given]
sys.path[:] = [firmware, sim, '.frozen']
"""
_CHECK = (
    _ACCOUNT
    + _BEGIN
    + """
a = fl_account(given, True)
print(a if isinstance(a, str) else 'fits')
"""
)
# And with FOLDER or FLASH IMAGE.
_HERE = (
    _STORE
    + _BEGIN
    + """
import vfs
place = sys.argv[3]
from cloud import server
from provisioning import form
from storage import credentials, files, journal, migrations
if place.endswith('.img'):
 from flash import Flash
 chip = Flash(place)
 vfs.mount(vfs.VfsLfs2(chip), '/record')
 place = '/record'
print(fl_store(credentials.Credentials(journal.Journal(files.Files(place + '/'))), given, version))
"""
)


def store_on_board(port: str, settings: Settings) -> None:
    """Write the record onto a board that has the firmware, and start it. Raises UserError."""
    with Board(port) as board:
        given = [{name: value.encode() for name, value in fields.items()} for fields in settings.fields()]
        try:
            board.run("import sys, product\nfrom main_record import stored\n" + _STORE)
            said = board.run(f"print(fl_store(stored(sys.platform), {given!r}, product.FIRMWARE_VERSION))")
            _judge(said)
        except DeviceError as error:
            if error.kind != "ImportError":
                raise UserError(f"{port}: {error}") from None
            _send(board, settings)
        board.reset()


def _send(board: Board, settings: Settings) -> None:
    """Make the record here and write it there: the small program is merged, and has none of these modules."""
    board.run("import os")
    if not board.value("'rom' in os.listdir('/') and 'fw' in os.listdir('/rom')"):
        raise UserError(
            f"{board.port}: has no firmware yet; `firstlight board deploy {board.port}` first"
        ) from None
    with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:  # for its owner only
        _store(Path(folder), settings)
        files = {f"/{path.name}": path.read_bytes() for path in sorted(Path(folder).iterdir())}
    try:
        replace(board, files)
    except DeviceError as error:
        raise explain(error, board.port) from None


def store_in_folder(folder: Path, settings: Settings) -> Path:
    """Write the record into a folder that is copied to `/` of a board, or into a virtual device's flash.

    Returns what was written to. Raises UserError where it cannot be, or the firmware keeps records elsewhere.
    """
    if literals(SOURCE / "product.py").get("STORAGE") != "file":
        raise UserError(f"{folder}: product.py keeps the record in NVS, which is no folder; give a PORT")
    if (folder / "flash.img").exists():
        storage = Storage(folder, None)
        try:
            _store(storage.image, settings)
        finally:
            storage.close()
        return storage.image
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from None
    _store(folder, settings)
    return folder


def check(settings: Settings) -> None:
    """Raise UserError for what the firmware would not take. An empty token is none yet, and passes."""
    _judge(_run(_CHECK, settings))


def _store(place: Path, settings: Settings) -> None:
    try:
        said = _run(_HERE, settings, place.resolve())
    except _Ended as error:
        raise UserError(f"{place}: the record cannot be written: {error}") from None
    _judge(said)


class _Ended(UserError):
    """MicroPython ended before it had an answer."""


def _run(program: str, settings: Settings, *place: Path) -> list[str]:
    version = str(literals(SOURCE / "product.py").get("FIRMWARE_VERSION", ""))
    done = subprocess.run(
        [Path(sys.executable).with_name("micropython"), "-c", program, build() / "fw", SIM, *place],
        input=json.dumps([settings.fields(), version]),
        capture_output=True,
        text=True,
        umask=0o077,
    )
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode:
        raise _Ended(lines[-1] if lines else "MicroPython ended")
    return lines


def _judge(said: list[str]) -> None:
    last = said[-1] if said else "!0 record: nothing was said"
    if last.startswith("!"):
        where, _, problem = last[1:].partition(": ")
        number, _, field = where.partition(" ")
        source = _SOURCES.get(field) or f"--networks: network {number}: {_KEYS.get(field, field)}"
        raise UserError(f"{source}: {problem.removeprefix('server: ')}")  # the firmware names it, too
