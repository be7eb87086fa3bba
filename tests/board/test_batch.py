"""`firstlight board batch`: units out of a CSV file, again and again, and nothing said of their tokens."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from firstlight.board import batch, factory
from firstlight.board.accesspoint import Product
from firstlight.board.units import read_units
from firstlight.errors import UserError
from test_board_commands import PROGRAM, run
from test_factory import MAC, TOKEN, codes_of_pdf, codes_of_svg, report, stored

UNITS = f"""mac,token,server,claim
24:6F:28:00:00:01,{TOKEN},,https://acme.example/1
24:6F:28:00:00:02,,,
nonsense,,,
24:6F:28:00:00:03,{TOKEN[:9]},,
24:6F:28:00:00:02,,,
24:6F:28:00:00:04,{TOKEN[::-1]},mqtt://own.example,
"""


def test_a_batch_does_what_it_can_and_later_the_rest(tmp_path):
    units, output, networks = tmp_path / "units.csv", tmp_path / "run", tmp_path / "networks.toml"
    networks.write_text('[[network]]\nssid = "Plant"\npassword = "a secret password"\n')
    units.write_text(UNITS)
    words = ("batch", units, "--output", output, "--server", "mqtt://all.example", "--networks", networks)
    status, said = run(*words)
    assert status == 1
    assert said[-1] == f"{output / 'report.csv'}: 3 made, 0 were done, 3 failed"
    told = report(output)
    assert {line: kind for line, (kind, _) in told.items()} == {
        "2": "made", "3": "made", "4": "failed", "5": "failed", "6": "failed", "7": "made",
    }  # fmt: skip
    assert told["5"][1] == "token: a token has 32 characters, got 9"
    assert told["6"][1] == "mac: 24:6F:28:00:00:02 is that of line 3, too"
    assert TOKEN not in (output / "report.csv").read_text() + "".join(said)
    assert stored(output / "246f28000001" / "record")[:2] == (TOKEN, "mqtt://all.example")
    assert stored(output / "246f28000004" / "record")[:2] == (TOKEN[::-1], "mqtt://own.example")
    assert not (output / "246f28000002" / "record").exists()
    assert "https://acme.example/1" in codes_of_pdf((output / "246f28000001" / "label.pdf").read_bytes())
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.name != "report.csv"}
    units.write_text(UNITS.replace(f"{TOKEN[:9]},", f"{'s' * 32},").replace("nonsense", "24:6F:28:00:00:05"))
    (output / "246f28000002" / "done").unlink()  # as if it had been cut there
    status, said = run(*words)
    assert said[-1] == f"{output / 'report.csv'}: 3 made, 2 were done, 1 failed"
    for unit in ("246f28000001", "246f28000004"):
        assert all(path.stat().st_mtime_ns == before[path] for path in (output / unit).rglob("*"))


def test_a_line_that_changed_is_made_anew(tmp_path):
    units, output = tmp_path / "units.csv", tmp_path / "run"
    for number, token in enumerate((TOKEN, TOKEN[::-1])):
        units.write_text(f"mac,token\n{MAC},{token}\n")
        assert run("batch", units, "--output", output)[1][-1].endswith("1 made, 0 were done, 0 failed"), (
            number
        )
    assert stored(output / MAC.replace(":", "").lower() / "record")[0] == TOKEN[::-1]


@pytest.mark.parametrize(
    "claim", ["https://a\nb", "https://a\0b", "a\x1bb", "a\x85b", "a\u2028b", "a\udcffb"]
)
def test_a_claim_is_one_line_of_letters(tmp_path, claim):
    with pytest.raises(UserError, match=r"^--claim: has a line break, a control character or the like; remo"):
        factory.label_command(MAC, tmp_path / "label.svg", claim)
    assert not (tmp_path / "label.svg").exists()


LABELLED = Product("Acme", "Sensor", esp8266=False, ap_password="factory secret")
JAPANESE = Product("日本", "電球", esp8266=False, ap_password=None)


def make(
    tmp_path: Path, product: Product = LABELLED, line: str = f"{MAC},{TOKEN},https://a.example/1"
) -> str:
    """What became of one unit, in `run` below this folder."""
    (tmp_path / "units.csv").write_text(f"mac,token,claim\n{line}\n")
    (result,) = batch.run(read_units(tmp_path / "units.csv"), tmp_path / "run", product, "", [])
    return result.kind


def test_what_is_gone_or_damaged_is_made_anew(tmp_path):
    unit = tmp_path / "run" / MAC.replace(":", "").lower()
    assert [make(tmp_path), make(tmp_path)] == ["made", "kept"]
    files = sorted(path for path in unit.rglob("*") if path.is_file())
    names = ["done", "label.pdf", "label.svg", "journal.a", "journal.b"]
    assert [path.name for path in files] == names
    for path in files:
        path.unlink()
        assert [make(tmp_path), make(tmp_path)] == ["made", "kept"], path
        path.write_bytes(b"\xff" + path.read_bytes()[1:])
        assert [make(tmp_path), make(tmp_path)] == ["made", "kept"], path
    for path in (unit / "record").iterdir():
        path.unlink()
    (unit / "record").rmdir()
    assert [make(tmp_path), make(tmp_path)] == ["made", "kept"]
    assert stored(unit / "record")[0] == TOKEN
    assert "https://a.example/1" in codes_of_svg((unit / "label.svg").read_bytes())


def test_a_record_that_a_unit_shall_not_have(tmp_path):
    assert [make(tmp_path, line=f"{MAC},,"), make(tmp_path, line=f"{MAC},,")] == ["made", "kept"]
    (tmp_path / "run" / MAC.replace(":", "").lower() / "record").mkdir()
    (tmp_path / "run" / MAC.replace(":", "").lower() / "record" / "journal.a").touch()
    assert make(tmp_path, line=f"{MAC},,") == "failed"


def test_a_name_that_no_pdf_can_show_gets_an_svg_only(tmp_path, monkeypatch, capsys):
    unit = tmp_path / "run" / MAC.replace(":", "").lower()
    make(tmp_path)
    assert (unit / "label.pdf").exists()
    monkeypatch.setattr(factory, "product_on", lambda name: JAPANESE)
    assert factory.batch_command(tmp_path / "units.csv", tmp_path / "run") == 0
    assert capsys.readouterr().out.splitlines() == [
        "labels are SVG only: a PDF cannot show the letters of VENDOR and TEMPLATE_NAME",
        f"{tmp_path / 'run' / 'report.csv'}: 1 made, 0 were done, 0 failed",
    ]
    assert "日本 電球" in (unit / "label.svg").read_text(encoding="utf-8")
    assert not (unit / "label.pdf").exists()  # of the name before
    assert make(tmp_path, JAPANESE) == "kept"


def test_what_is_for_all_units_is_checked_first(tmp_path):
    (tmp_path / "units.csv").write_text(f"mac\n{MAC}\n")
    (tmp_path / "n.toml").write_text('[[network]]\nssid = "x"\npassword = "short"')
    words = ("batch", tmp_path / "units.csv", "--output", tmp_path / "run")
    assert run(*words, "--server", "http://x") == (
        2,
        ["firstlight: --server: only mqtt:// and mqtts:// are understood"],
    )
    problem = "--networks: network 1: password: 8 to 63 characters or 64 hex digits, got 5"
    assert run(*words, "--networks", tmp_path / "n.toml") == (2, [f"firstlight: {problem}"])
    assert not (tmp_path / "run").exists()


def test_the_server_of_a_line_is_called_by_its_column(tmp_path):
    (tmp_path / "units.csv").write_text(
        f"mac,token,server\n24:6F:28:00:00:01,{TOKEN},http://x\n24:6F:28:00:00:02,,http://x\n{MAC},,a b\n"
        "24:6F:28:00:00:03,,mqtt://own.example\n"
    )
    output = tmp_path / "run"
    assert run("batch", tmp_path / "units.csv", "--output", output)[0] == 1
    problem = "server: only mqtt:// and mqtts:// are understood"
    assert report(output) == {
        "2": ("failed", problem),
        "3": ("failed", problem),
        "4": ("failed", "server: letters, digits and punctuation only"),
        "5": ("made", ""),
    }


def test_a_report_that_cannot_be_written_is_one_line_before_anything_is_made(tmp_path):
    (tmp_path / "units.csv").write_text(f"mac\n{MAC}\n")
    report_file = tmp_path / "run" / "report.csv"
    report_file.mkdir(parents=True)
    status, said = run("batch", tmp_path / "units.csv", "--output", tmp_path / "run")
    problem = f"firstlight: --output: cannot write {report_file} (Is a directory); make it writable, or"
    assert (status, len(said)) == (2, 1) and said[0].startswith(problem), said
    assert not list((tmp_path / "run").glob("246f*"))


def test_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    really = open

    def refuse(path, mode="r", **options):
        if "w" in mode and Path(path).parent == tmp_path / "run":
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, mode, **options)

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(
        UserError, match=r"^--output: cannot write .*report\.csv \(Permission denied\); make it"
    ):
        make(tmp_path)
    assert not list((tmp_path / "run").iterdir())


def test_a_unit_that_cannot_be_written_costs_its_own_line_only(tmp_path):
    (tmp_path / "units.csv").write_text("mac\n24:6F:28:00:00:01\n24:6F:28:00:00:02\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "246f28000001").touch()
    assert run("batch", tmp_path / "units.csv", "--output", tmp_path / "run")[0] == 1
    told = report(tmp_path / "run")
    where = tmp_path / "run" / "246f28000001"
    assert told["2"] == ("failed", f"{where}: cannot be written (File exists); make room, or remove it")
    assert told["3"][0] == "made"


def test_an_empty_output_is_not_the_current_folder(tmp_path):
    (tmp_path / "units.csv").write_text(f"mac\n{MAC}\n")
    words = [PROGRAM, "board", "batch", "units.csv", "--output", ""]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "firstlight: --output: is empty; give a folder\n")
    assert [path.name for path in tmp_path.iterdir()] == ["units.csv"]
