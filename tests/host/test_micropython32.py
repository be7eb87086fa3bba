"""The 32-bit MicroPython: where it comes from, and what is said where it cannot be had."""

from __future__ import annotations

import subprocess

import pytest

from firstlight.bench import limits, micropython32
from firstlight.errors import UserError

DEB822 = """\
Types: deb
URIs: http://one/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys.gpg

Types: deb
URIs: http://two/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://three/debian
Suites: trixie
Components: main
Enabled: no
"""
LIST = """\
deb [arch=amd64 signed-by=/keys.gpg] http://one/debian bookworm main contrib
# deb http://two/debian trixie main
deb http://three/debian bookworm-updates main
deb cdrom:[Debian]/ trixie main
deb http://four/ubuntu noble main
"""
ONE = "deb [arch=i386 signed-by=/keys.gpg] http://one/debian trixie main"


def test_it_is_a_32_bit_one_that_runs():
    words = [*micropython32.command(), "-c", "import sys; print(sys.maxsize == (1 << 31) - 1)"]
    assert subprocess.run(words, capture_output=True, text=True).stdout == "True\n"
    assert micropython32.version().startswith("1.")


def test_the_mirror_is_the_system_s():
    assert list(micropython32._of_list(LIST)) == [ONE]
    assert list(micropython32._of_deb822(DEB822)) == [ONE]


@pytest.mark.parametrize(
    ("mirror", "path", "words"),
    [("http://127.0.0.1:9/debian", None, "apt-get: "), ("http://127.0.0.1:9/debian", "", "no apt-get here")],
)
def test_where_it_cannot_be_had_one_line_says_why(tmp_path, monkeypatch, mirror, path, words):
    micropython32.command.cache_clear()
    monkeypatch.setattr(micropython32, "FOLDER", tmp_path / "micropython32")
    monkeypatch.setenv(micropython32.MIRROR, mirror)
    if path is not None:
        monkeypatch.setenv("PATH", path)
    with pytest.raises(UserError) as caught:
        micropython32.command()
    micropython32.command.cache_clear()
    assert str(caught.value).startswith("no 32-bit MicroPython: ") and words in str(caught.value)
    assert "\n" not in str(caught.value) and not (tmp_path / "micropython32").exists()


def test_a_heap_smaller_than_the_interpreter_is_refused():
    assert 0 < limits.bare() < 6000
    assert limits.Limits(34).room - limits.Limits(30).room == pytest.approx(4096, rel=0.05)
    with pytest.raises(UserError, match="more than 4 KB"):
        limits.Limits(4)
