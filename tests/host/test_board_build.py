"""The tree for a board: the same bytes for the same options, and nothing stale when they change."""

from __future__ import annotations

import gzip
import hashlib
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firstlight.board import build as builds
from firstlight.board import command
from firstlight.board import compiled as compiling
from firstlight.board.build import PACKED, SOURCE, build, names_file
from firstlight.board.small import Small
from firstlight.errors import UserError
from page_support import brand_folder, sources


def digest(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tree.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def small_page(tmp_path, monkeypatch):
    """A page of two languages in the place of the firmware's own."""
    monkeypatch.setattr(builds, "PAGE", sources(tmp_path))


def page(tree: Path) -> bytes:
    return gzip.decompress((tree / PACKED).read_bytes())


def test_the_same_bytes_twice(tmp_path, small_page):
    options = {"board": "esp8266_witty", "brand": brand_folder(tmp_path), "languages": ["de"]}
    one, other = (build(output=tmp_path / name, **options) for name in ("one", "other"))
    assert digest(one) == digest(other)
    assert sorted(path.name for path in (one / "fw" / "boards").iterdir()) == ["esp8266_witty.mpy"]


def test_other_options_leave_nothing_of_the_earlier_ones(tmp_path, small_page):
    tree = tmp_path / "tree"
    build(output=tree)
    plain = digest(tree)
    build("esp32_devkit", brand=brand_folder(tmp_path), languages=["de"], output=tree)
    assert b"Acme" in page(tree) and b"Continue" not in page(tree)
    build(output=tree)
    assert digest(tree) == plain


@pytest.mark.parametrize("board", ["esp32c3_devkit", None])
def test_a_build_for_an_esp8266_leaves_nothing_in_the_next(tmp_path, small_page, board):
    """Its files have names of the other kind's, and are younger than their sources."""
    fresh = digest(build(board, output=tmp_path / "fresh"))
    tree = tmp_path / "tree"
    small = digest(build("esp8266_witty", output=tree, small=Small()))
    assert digest(build(board, output=tree)) == fresh
    assert not names_file(tree).exists()
    assert digest(build("esp8266_witty", output=tree, small=Small())) == small


def test_only_what_changed_is_compiled(tmp_path, small_page, monkeypatch):
    tree, calls = tmp_path / "tree", []
    compile_ = compiling.compiled
    monkeypatch.setattr(compiling, "compiled", lambda *words: calls.append(words[1]) or compile_(*words))
    build("esp32_devkit", output=tree)
    assert "main.py" in calls and "product.py" in calls
    calls.clear()
    build("esp32_devkit", output=tree)
    assert calls == []
    build("ttgo_t7", output=tree)
    assert calls == ["boards/ttgo_t7.py", "product.py"]
    calls.clear()
    (tree / "fw/main.mpy").write_bytes(b"half of it")
    build("ttgo_t7", output=tree)
    assert calls == ["main.py"]


def test_a_changed_brand_is_built_anew(tmp_path, small_page):
    folder, tree = brand_folder(tmp_path), tmp_path / "tree"
    build(brand=folder, output=tree)
    (folder / "brand.toml").write_text('name = "Meca"')  # as long, perhaps within the same second
    build(brand=folder, output=tree)
    assert b"Meca" in page(tree)


def test_mistakes_leave_the_tree_alone(tmp_path, small_page):
    tree = build(output=tmp_path / "tree")
    before = digest(tree)
    for mistake in ({"board": "nope"}, {"brand": tmp_path / "nope"}, {"languages": ["xx"]}):
        with pytest.raises(UserError):
            build(output=tree, **mistake)
    assert digest(tree) == before


def test_an_icon_that_is_too_large(tmp_path, small_page):
    numbers = random.Random(1)
    line = " ".join(str(numbers.randrange(100000)) for _ in range(8000))
    icon = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L{line}"/></svg>'
    with pytest.raises(UserError, match=r"gzipped, and 14,336 at most; .* make the brand's icon .* smaller"):
        build(brand=brand_folder(tmp_path, icon_svg=icon), output=tmp_path / "tree")


def test_a_virtual_device_does_not_undo_what_was_built_for_boards():
    assert builds.BENCH != builds.OUTPUT
    assert build() == builds.BENCH


def test_command(tmp_path, small_page, monkeypatch, capsys):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "OUTPUT", tmp_path / "build" / "firmware")  # not over what a maker has built
    command.build_command("esp32_devkit", brand_folder(tmp_path), "")
    size = (tmp_path / "build" / "firmware" / PACKED).stat().st_size
    said = capsys.readouterr().out
    assert said.startswith("build/firmware: ") and f" {size:,} of them the page" in said
    assert (tmp_path / "build" / "firmware" / "boot.py").read_bytes() == (SOURCE / "boot.py").read_bytes()


def test_the_chosen_board_is_the_one_that_starts(tmp_path, small_page):
    own = (build(output=tmp_path / "tree") / "fw/product.mpy").read_bytes()
    for board in ("esp8266_witty", "esp32c3_devkit"):
        build(board, output=tmp_path / "tree")
        assert board.encode() in (tmp_path / "tree/fw/product.mpy").read_bytes()
        assert [path.stem for path in (tmp_path / "tree/fw/boards").iterdir()] == [board]
    assert (build(output=tmp_path / "tree") / "fw/product.mpy").read_bytes() == own


def test_what_a_board_never_imports_is_left_out(tmp_path, small_page, monkeypatch):
    def built(board):
        tree = build(board, output=tmp_path / "tree")
        return {path.relative_to(tree / "fw").as_posix() for path in tree.rglob("*.mpy")}

    everything = built(None)
    esp32, esp8266 = built("esp32_devkit"), built("esp8266_witty")
    others = {name for name in everything if name.startswith("boards/")}
    assert everything - others - esp32 == {"storage/nvs.mpy"}
    assert everything - others - esp8266 == {"storage/nvs.mpy", "core/aside.mpy"}
    copy = tmp_path / "firmware"
    shutil.copytree(SOURCE, copy)
    monkeypatch.setattr(builds, "SOURCE", copy)
    for name, old, new in (
        ("boards/esp32_devkit.py", 'LED = "mono"', 'LED = "none"'),
        ("product.py", 'STORAGE = "file"', 'STORAGE = "nvs"'),
    ):
        text = (copy / name).read_text()
        assert old in text
        (copy / name).write_text(text.replace(old, new))
    dark = built("esp32_devkit")
    light = {"led/drivers.mpy", "led/light.mpy", "led/patterns.mpy"}
    assert everything - others - dark == {*light, "storage/files.mpy"}


def test_builds_side_by_side_leave_a_whole_tree(tmp_path):
    code = "import pathlib, sys, firstlight.board.build as b\nb.build(output=pathlib.Path(sys.argv[1]))"
    several = [subprocess.Popen([sys.executable, "-c", code, tmp_path / "tree"]) for _ in range(3)]
    assert [process.wait(60) for process in several] == [0, 0, 0]
    assert digest(tmp_path / "tree") == digest(build(output=tmp_path / "alone"))
