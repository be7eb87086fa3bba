"""A run of units out of a CSV file: a folder each with label and record, and one report."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from firstlight.bench.storage import parse_mac
from firstlight.board.accesspoint import Product
from firstlight.board.record import check
from firstlight.board.settings import Settings
from firstlight.board.unit import Unit
from firstlight.board.units import Row
from firstlight.errors import UserError

_COLUMNS = {"--token-file": "token", "--server": "server", "--claim": "claim"}


@dataclass(frozen=True)
class Result:
    """What became of a line: "made", "kept" from an earlier run, or "failed" for the reason in `detail`."""

    line: int
    mac: str
    name: str
    kind: str
    detail: str = ""


def run(
    rows: list[Row], output: Path, product: Product, server: str, networks: list[dict[str, str]]
) -> list[Result]:
    """Make what is not there yet. A line that will not do does not keep the others from being made.

    server, networks: for all units; a line's own server wins. Raises UserError when these or the folder
    will not do.
    """
    if server or networks:
        check(Settings("", server, networks))
    report = output / "report.csv"
    try:
        output.mkdir(mode=0o700, parents=True, exist_ok=True)  # records hold tokens
    except OSError as error:
        raise UserError(f"--output: cannot make {output} ({error.strerror}); choose another") from None
    results: list[Result] = []
    lines: dict[bytes, int] = {}
    _report(report, results)  # first: where it cannot be written, nothing is made
    try:
        for row in rows:
            settings = Settings(row.token, row.server or server, networks)
            results.append(_result(row, lines, output, product, settings))
    finally:
        _report(report, results)  # of an interrupted run, too
    return results


def _result(row: Row, lines: dict[bytes, int], output: Path, product: Product, settings: Settings) -> Result:
    name = ""
    try:
        if row.problem:
            raise UserError(row.problem)
        mac = parse_mac(row.mac, "mac")
        if mac in lines:
            raise UserError(f"mac: {row.mac} is that of line {lines[mac]}, too")
        lines[mac] = row.line
        name = product.ssid(mac)
        unit = Unit(output / mac.hex(), mac, row.claim, product, settings)
        if unit.done:
            return Result(row.line, row.mac, name, "kept")
        if row.server and not row.token:  # no record, with which it would be checked
            check(Settings("", row.server))
        unit.make()
        return Result(row.line, row.mac, name, "made")
    except UserError as error:
        detail = _by_column(str(error), row)
    except OSError as error:
        detail = f"{error.filename}: cannot be written ({error.strerror}); make room, or remove it"
    return Result(row.line, row.mac, name, "failed", detail)


def _by_column(problem: str, row: Row) -> str:
    """Name the column in the place of the option that the value would be given to by hand."""
    option, colon, rest = problem.partition(":")
    if option == "--server" and not row.server:
        return problem
    return _COLUMNS.get(option, option) + colon + rest


def _report(path: Path, results: list[Result]) -> None:
    new = path.with_name(path.name + ".new")
    try:
        with open(new, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "mac", "name", "result", "detail"])
            writer.writerows(
                [result.line, result.mac, result.name, result.kind, result.detail] for result in results
            )
        os.replace(new, path)
    except OSError as error:
        raise UserError(
            f"--output: cannot write {path} ({error.strerror}); make it writable, or choose another folder"
        ) from None
