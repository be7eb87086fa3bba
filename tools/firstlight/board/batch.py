"""A run of units out of a CSV file: a folder each with label and record, and one report."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from firstlight.bench.storage import parse_mac
from firstlight.board.accesspoint import Product
from firstlight.board.label import label, write
from firstlight.board.record import store_in_folder
from firstlight.board.settings import Settings
from firstlight.errors import UserError

COLUMNS = ("mac", "token", "server", "claim")
_DONE = "done"  # a unit's folder has this file once all of it is there


@dataclass(frozen=True)
class Row:
    """One line of the file; an empty column is an empty text."""

    line: int
    mac: str
    token: str = ""
    server: str = ""
    claim: str = ""


@dataclass(frozen=True)
class Result:
    """What became of a line: "made", "kept" from an earlier run, or "failed" for the reason in `detail`."""

    line: int
    mac: str
    name: str
    kind: str
    detail: str = ""


def read_units(path: Path) -> list[Row]:
    """Raises UserError for a file that cannot be read, and for columns that are not understood."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = [name.strip().lower() for name in reader.fieldnames or []]
            reader.fieldnames = names
            strange = [name for name in names if name not in COLUMNS]
            if strange or "mac" not in names or len(set(names)) < len(names):
                what = f"{strange[0]!r} is none of them" if strange else "mac is needed, and each once"
                raise UserError(f"{path}: the first line names the columns {', '.join(COLUMNS)}; {what}")
            return [_row(reader.line_num, fields) for fields in reader]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a CSV file") from None
    except (UnicodeError, csv.Error):
        raise UserError(f"{path}: is no CSV file in UTF-8; export it so") from None


def _row(line: int, fields: dict) -> Row:
    if None in fields:  # more cells than columns
        return Row(line, "")
    return Row(line, **{name: (value or "").strip() for name, value in fields.items()})


def run(
    rows: list[Row], output: Path, product: Product, server: str, networks: list[dict[str, str]]
) -> list[Result]:
    """Make what is not there yet. A line that will not do does not keep the others from being made.

    server, networks: for all units; a line's own server wins. Raises UserError when the folder will not do.
    """
    try:
        output.mkdir(mode=0o700, parents=True, exist_ok=True)  # records hold tokens
    except OSError as error:
        raise UserError(f"--output: cannot make {output} ({error.strerror}); choose another") from None
    results: list[Result] = []
    lines: dict[bytes, int] = {}
    try:
        for row in rows:
            results.append(_unit(row, lines, output, product, server, networks))
    finally:
        _report(output / "report.csv", results)  # of an interrupted run, too
    return results


def _unit(
    row: Row,
    lines: dict[bytes, int],
    output: Path,
    product: Product,
    server: str,
    networks: list[dict[str, str]],
) -> Result:
    name = ""
    try:
        if not row.mac:
            raise UserError("mac is empty, or the line has more cells than columns")
        mac = parse_mac(row.mac, "mac")
        if mac in lines:
            raise UserError(f"mac: {row.mac} is that of line {lines[mac]}, too")
        lines[mac] = row.line
        name = product.ssid(mac)
        folder = output / mac.hex()
        settings = Settings(row.token, row.server or server, networks)
        mark = _mark(row, product, settings)
        if _text(folder / _DONE) == mark:
            return Result(row.line, row.mac, name, "kept")
        _make(folder, mac, row, product, settings)
        (folder / _DONE).write_text(mark)
        return Result(row.line, row.mac, name, "made")
    except (UserError, OSError) as error:
        detail = str(error).replace("--token-file", "token").replace("--claim", "claim")
        return Result(row.line, row.mac, name, "failed", detail)


def _make(folder: Path, mac: bytes, row: Row, product: Product, settings: Settings) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / _DONE).unlink(missing_ok=True)
    if settings.token:
        store_in_folder(folder / "record", settings)
    elif (folder / "record").exists():
        raise UserError(f"token: is empty, and there is a record of an earlier run; remove {folder}")
    drawing = label(product, mac, row.claim or None)
    write(drawing, folder / "label.svg")
    write(drawing, folder / "label.pdf")


def _mark(row: Row, product: Product, settings: Settings) -> str:
    """The same for the same line and product. A digest: the token is not to be read from it."""
    everything = [row.mac, row.claim, repr(product), settings.fields()]
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _report(path: Path, results: list[Result]) -> None:
    new = path.with_name(path.name + ".new")
    with open(new, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "mac", "name", "result", "detail"])
        writer.writerows(
            [result.line, result.mac, result.name, result.kind, result.detail] for result in results
        )
    os.replace(new, path)
