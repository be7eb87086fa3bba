"""Tracebacks of a small build, in the names of the sources."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firstlight.board.build import build, names_file
from firstlight.board.small import Small
from firstlight.board.told import Told, newest
from firstlight.errors import UserError

FIRSTLIGHT = Path(sys.executable).with_name("firstlight")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return build("esp8266_witty", output=tmp_path_factory.mktemp("small") / "tree", small=Small())


def test_a_frame_is_told_in_the_names_of_the_sources(tree):
    names = names_file(tree).read_text()
    new = re.search(r'"(\w+)": \[\s*"_announce"', names) or re.search(r'"(\w+)": \[[^\]]*"_announce"', names)
    file = re.search(r'"(\w+)": \[\s*"session"', names)
    assert new and file
    line = Told(names_file(tree)).line(f'12 E agent   File "{file[1]}", line 1, in {new[1]}')
    assert line.startswith("12 E agent   File session, in ") and "_announce" in line


@pytest.mark.parametrize("line", ["12 I state RUNNING", '12 E app   File "app.py", line 14, in run'])
def test_other_lines_stay(tree, line):
    assert Told(names_file(tree)).line(line) == line


def test_the_command(tree):
    words = [FIRSTLIGHT, "board", "explain", "--names", names_file(tree)]
    done = subprocess.run(words, input="12 I state RUNNING\n", capture_output=True, text=True, check=True)
    assert done.stdout == "12 I state RUNNING\n"


def test_the_newest_names_are_taken_and_told(tmp_path, capsys):
    """Of deployments and of builds; the doctor's never go onto a board."""
    places = [tmp_path / "romfs-tree.names.json", tmp_path / "firmware.names.json"]
    with pytest.raises(
        UserError, match=r"none are in build/; `firstlight board deploy`, `romfs` and `build`"
    ):
        newest(places)
    for path in (*places, *places):
        path.write_text("{}")
        assert newest(places) == path
        assert capsys.readouterr().err == f"names of {path}\n"
        time.sleep(0.02)  # coarse clocks of file systems


def test_the_same_names_written_again_are_the_newest(tree):
    before = names_file(tree).stat().st_mtime_ns
    time.sleep(0.02)
    build("esp8266_witty", output=tree, small=Small())
    assert names_file(tree).stat().st_mtime_ns > before


@pytest.mark.parametrize("content", [None, "[]", "{", "{}"])
def test_a_file_that_is_none_of_ours(tmp_path, content):
    path = tmp_path / "names.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match="--names"):
        Told(path)
