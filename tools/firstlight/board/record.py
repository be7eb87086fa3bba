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

# Where the portal's fields come from: an option, or a key of the networks' file.
_SOURCES = {"blynk": "--token-file", "host": "--server"} | {
    field: f"--networks: {name}" for name, field in FIELDS.items()
}

# Runs in MicroPython, on the board or here. `given`: fields as a phone would post them, one dict a network.
_STORE = """\
def fl_store(c, given, version):
 from cloud.server import Server
 from provisioning.form import Form, FormError
 from storage.account import Account, Network
 from storage.record import pack_account
 a = Account()
 try:
  for fields in given:
   f = Form(fields)
   if f.server:
    Server(f.server)
   a.token, a.server = f.token, f.server
   if f.ssid != b'\\0':
    a.networks.append(Network(f.ssid, f.password, f.hidden, f.static))
 except FormError as e:
  return '!%s: %s' % (e.field, e.problem)
 except ValueError as e:
  return '!host: %s' % e
 wanted = pack_account(a, 0)
 c.erase()
 c.candidate, c.erasing = a, 0
 c.accepted(version)
 c = type(c)(c._journal)
 return 'stored' if c.verified and pack_account(c.verified, 0) == wanted else '!record: reads back wrong'
"""

# Runs it here: FOLDER or FLASH IMAGE, firmware, stand-ins. The settings come through standard input, unseen.
_HERE = (
    _STORE
    + """
import json, sys, vfs
place, firmware, sim = sys.argv[1:]
given, version = json.load(sys.stdin)
given = [dict([(k, v.encode()) for k, v in f.items()]) for f in given]
sys.path[:] = [firmware, sim, '.frozen']
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
        _run(Path(folder), settings)
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
            _run(storage.image, settings)
        finally:
            storage.close()
        return storage.image
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from None
    _run(folder, settings)
    return folder


def _run(place: Path, settings: Settings) -> None:
    version = str(literals(SOURCE / "product.py").get("FIRMWARE_VERSION", ""))
    done = subprocess.run(
        [Path(sys.executable).with_name("micropython"), "-c", _HERE, place.resolve(), build() / "fw", SIM],
        input=json.dumps([settings.fields(), version]),
        capture_output=True,
        text=True,
        umask=0o077,
    )
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode:
        raise UserError(
            f"{place}: the record cannot be written: {lines[-1] if lines else 'MicroPython ended'}"
        )
    _judge(lines)


def _judge(said: list[str]) -> None:
    last = said[-1] if said else "!record: nothing was said"
    if last.startswith("!"):
        name, _, problem = last[1:].partition(": ")
        raise UserError(f"{_SOURCES.get(name, f'--networks: {name}')}: {problem}")
