"""The import rule of the firmware: rooms import themselves and `core`; the chip shows in few places."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from firstlight.board.build import SOURCE

ROOMS = {path.name for path in SOURCE.iterdir() if path.is_dir()}
CHIP = {"machine", "network", "neopixel", "esp32"}
# The main files and the console know all parts and may import everything.
MAINS = (*sorted(path.name for path in SOURCE.glob("main*.py")), "console.py")
MAY_SEE_CHIP = (*MAINS, "boot.py", "net/radio.py", "led/drivers.py", "button/", "boards/")
TOP = {"product", "app", "boot"} | {name.removesuffix(".py") for name in MAINS}


def imported(path: Path) -> set[str]:
    """First names of all modules that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            names.add((node.module or "").split(".")[0])
    return names


def breaches(name: str, names: set[str]) -> list[str]:
    """What a file of this name may not import."""
    room = name.split("/")[0] if "/" in name else None
    found = []
    if name not in MAINS:
        allowed = {"core"} | ({room} if room and room != "core" else set())
        if room == "core":
            allowed = {"core"}
        found += [f"{name} imports {other}" for other in names & (ROOMS | TOP) - allowed]
    if not name.startswith(MAY_SEE_CHIP):
        found += [f"{name} sees {module}" for module in names & CHIP]
    return found


def test_the_firmware_keeps_the_rule():
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        found += breaches(str(path.relative_to(SOURCE)), imported(path))
    assert not found, "\n".join(found)


def test_the_rule_is_not_blind():
    assert breaches("net/http.py", {"led"}) and breaches("core/log.py", {"net"})
    assert breaches("provisioning/portal.py", {"network"}) and breaches("app.py", {"cloud"})
    assert not breaches("net/radio.py", {"network", "core", "net"}) and not breaches(
        "main.py", {"machine", "cloud"}
    )


def test_config_and_run_personality_share_no_code():
    config = imported_names("main_config.py") | imported_names("main_info.py")
    run = set()
    for name in ("run", "cloud", "wifi", "join", "login"):
        run |= imported_names(f"main_{name}.py")
    assert not config & {"net.mqtt", "net.stream", "net.station", "cloud.link", "main_cloud", "app"}
    assert not run & {"net.http", "net.dns", "provisioning.portal", "provisioning.form"}
    assert not (imported_names("main.py") | imported_names("main_parts.py")) & {
        "net.mqtt",
        "net.http",
        "net.dns",
        "provisioning.portal",
        "cloud.link",
    }


def imported_names(name: str) -> set[str]:
    """Whole names of what a file imports at its top level, modules and what is taken from packages."""
    names = set()
    for node in ast.parse((SOURCE / name).read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_no_module_shadows_a_built_in_of_micropython():
    built_in = (
        set(sys.stdlib_module_names)
        | CHIP
        | {"micropython", "uctypes", "vfs", "deflate", "ntptime", "bluetooth"}
    )
    assert not {path.stem for path in SOURCE.glob("*.py")} & built_in
    assert not ROOMS & built_in


def test_sizes_of_files_and_functions():
    long = []
    for path in sorted(SOURCE.rglob("*.py")):
        source = path.read_text()
        if source.count("\n") > 240:
            long.append(f"{path.name}: {source.count(chr(10))} lines")
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.end_lineno - node.lineno >= 40
            ):
                long.append(f"{path.name}: {node.name} has {node.end_lineno - node.lineno + 1} lines")
    assert not long, "\n".join(long)
