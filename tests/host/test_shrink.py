"""The small build: what it makes of a program does the same, and takes nothing along that it need not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from firstlight.board.build import SOURCE, build
from firstlight.board.shrink import Plan, shrink
from firstlight.board.shrink.rename import known
from firstlight.board.small import Small
from firstlight.errors import UserError

BOARD = "esp8266_nodemcu"
# Names that hide others, closures, arguments by name, inheritance, getattr, texts that are names.
PROGRAM = {
    "main": '''"""Starts."""
import sys
from micropython import const
from core import log
from core.things import LIMIT, Thing, counted
from net import shared

_SIZE = const(3)
_TEXT = const("a long text that stands in one place")

def run(board):
    """Docstrings go."""
    thing = Thing(_SIZE, most=LIMIT)
    thing.grow(by=2)
    log.info(thing.size, thing.total(), _TEXT, shared.WORD)
    for name in ("size", "most"):
        log.info(name, getattr(thing, name))
    def outer(size):
        def inner(log):
            return size + log + thing.size
        return inner
    log.info(outer(10)(5), [size * size for size in range(3)], counted(), counted())
    try:
        thing.fail(detail="why")
    except ValueError as error:
        log.info("refused", error)
    from late import show
    show(thing)
    import app
    app.start(thing)
    log.info(dict(status="ok", size=1)["status"], board.CHIP == "esp8266" and "small")
    if board.CHIP == "esp32":
        from missing import nothing
        nothing()
''',
    "core.log": """def info(*words):
    print(*[_shown(word) for word in words])

def _shown(word):
    return "<" + str(word) + ">"
""",
    "core.things": """from core import log
LIMIT = 100
_count = 0

class Base:
    kind = "base"

    def __init__(self, size):
        self.size = size
        self.unread = size

    def total(self):
        return self.size + self._own()

    def _own(self):
        return 1

    def never_called(self):
        return 1

class Thing(Base):
    def __init__(self, size, most=5):
        super().__init__(size)
        self.most = most

    def _own(self):
        return self.most

    @property
    def double(self):
        return self.size * 2

    def grow(self, by=1):
        self.size = min(self.size + by, self.most)
        log.info("grown", by)

    def fail(self, detail):
        raise ValueError(detail)

def counted():
    global _count
    _count += 1
    return _count

def forgotten():
    return 1
""",
    "net.shared": 'WORD = "word"\n',
    "late": """from core import log

def show(thing):
    log.info("late", thing.double, thing.kind)
""",
    "app": '''"""The product's."""

from core import (
    log,
)
from core.things import LIMIT

def start(thing):
    most = thing.most
    log.info("app", most, LIMIT)
    raise_here(thing)

def raise_here(thing):
    log.info("line 14", thing.never_set if hasattr(thing, "never_set") else "unset")
''',
}
PLAN = Plan(
    chunks={"main": ("core.log", "core.things", "main")},
    kept=frozenset({"app"}),
    entries={"main": frozenset({"run"})},
    facts={"CHIP": "esp8266"},
)
START = """\
import sys
sys.path.insert(0, {folder!r})
import main
class Board:
    CHIP = "esp8266"
main.run(Board)
"""


def outcome(folder: Path, texts: dict[str, str]) -> str:
    """What the program prints in MicroPython."""
    for name, text in texts.items():
        file = folder / (name.replace(".", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "start.py").write_text(START.format(folder=str(folder)))
    words = [sys.executable, "-I", "-m", "micropython_unix", folder / "start.py"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_the_small_program_does_the_same(tmp_path):
    made = shrink(PROGRAM, PLAN)
    before, after = outcome(tmp_path / "whole", PROGRAM), outcome(tmp_path / "small", made.texts)
    assert "<late> <10> <base>" in before and "<refused> <why>" in before
    assert after == before


def test_what_nobody_uses_is_left_out():
    made = shrink(PROGRAM, PLAN)
    assert set(made.texts) == {"main", "late", "app"}
    words = " ".join(made.texts.values())
    for name in ("never_called", "forgotten", "unread", "missing", "Docstrings", "WORD"):
        assert name not in words and name not in made.names


def test_the_products_own_lines_stay_where_they_are():
    lines = PROGRAM["app"].split("\n")
    made = shrink(PROGRAM, PLAN).texts["app"].split("\n")
    assert len(made) == len(lines)
    assert [line for line in made if "raise_here" in line] == [line for line in lines if "raise_here" in line]
    assert made[lines.index("def start(thing):")] == "def start(thing):"


def test_a_module_that_is_let_go_of_may_not_be_one_that_stays():
    program = {**PROGRAM, "late": 'import sys\nsys.modules.pop("core.log")\n\ndef show(thing):\n    pass\n'}
    plan = Plan(PLAN.chunks, frozenset({"main"}), PLAN.kept, PLAN.entries, facts=PLAN.facts)
    with pytest.raises(ValueError, match="never let go of"):
        shrink(program, plan)


def test_a_module_that_is_used_as_an_object_needs_entries():
    program = {**PROGRAM, "late": 'from net import shared\n\ndef show(thing):\n    getattr(shared, "WORD")\n'}
    with pytest.raises(ValueError, match="name its entries"):
        shrink(program, PLAN)


@pytest.fixture(scope="module")
def firmware():
    return Small(whole_api=True).program(SOURCE, BOARD)


def test_the_firmwares_own_names_are_those_of_the_rom(firmware):
    """But for entries, what the application may use, and what is also a text."""
    spare, _ = known()
    assert len(firmware.names) > 350
    assert set(firmware.names.values()) <= set(spare)
    assert not set(firmware.names) & {"write", "write_batch", "on", "on_click", "utc", "event", "sync", "run"}


def test_no_file_has_the_name_of_a_module_or_of_another_file(firmware):
    names = set(firmware.files.values())
    assert len(names) > 15 and not any(name.islower() for name in names)
    assert len({name.lower() for name in firmware.texts}) == len(firmware.texts)


def test_no_personality_imports_the_other(firmware):
    for one, other in (("run", "config"), ("config", "run"), ("main", "nothing")):
        eager = [
            node.module for node in ast.parse(firmware.texts[one]).body if isinstance(node, ast.ImportFrom)
        ]
        assert other not in eager


def test_settings_are_in_it_and_no_longer_in_product_py(firmware):
    assert "SERVER" not in firmware.texts["product"]
    assert any("'blynk.cloud'" in text for text in firmware.texts.values())
    assert "PORTAL_NAMES" in firmware.texts["product"]
    other = Small({"SERVER": "mqtt://example.com"}).program(SOURCE, BOARD)
    assert any("'mqtt://example.com'" in text for text in other.texts.values())
    assert not any("'blynk.cloud'" in text for text in other.texts.values())


def test_what_an_application_asks_of_product_py_stays():
    app = "import product\n\nasync def run(cloud):\n    print(product.VENDOR)\n"
    assert "VENDOR = 'Blynk'" in Small(others={"app": app}).program(SOURCE, BOARD).texts["product"]


def test_a_mistake_in_a_source_is_told():
    with pytest.raises(UserError, match="line 2 does not compile"):
        Small(others={"app": "import product\ndef run(:\n"}).program(SOURCE, BOARD)


def test_the_same_sources_give_the_same_program(firmware):
    assert Small(whole_api=True).program(SOURCE, BOARD) == firmware


def test_modules_of_the_products_own_keep_their_places(tmp_path):
    app = "from drivers import lamp\nimport mainframe\n\nasync def run(cloud):\n    lamp.on(mainframe.SIZE)\n"
    others = {
        "app": app,
        "drivers.lamp": "from core import log\n\ndef on(size):\n    log.info('lamp', size)\n",
        "mainframe": "SIZE = 3\n",
    }
    made = Small(others=others).program(SOURCE, BOARD)
    assert made.texts["app"] == app and made.texts["mainframe"] == others["mainframe"]
    tree = build(BOARD, output=tmp_path / "tree", small=Small(others=others))
    assert (tree / "fw" / "drivers" / "lamp.mpy").exists()


@pytest.mark.parametrize("line", ["from core.log import nothing", "import core.log\ncore.log.info(1)"])
def test_an_import_that_the_firmware_does_not_have_is_told(line):
    app = f"{line}\n\nasync def run(cloud):\n    nothing()\n"
    with pytest.raises(UserError, match=r"firmware: app: core\.log has no"):
        Small(others={"app": app}).program(SOURCE, BOARD)


def test_what_micropython_calls_its_arguments_stays(firmware):
    words = " ".join(firmware.texts.values())
    assert "server_hostname=" in words and "do_handshake_on_connect=" in words
