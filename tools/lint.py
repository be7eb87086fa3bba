"""`make lint`: ruff, codespell, and pyright on the firmware against the stubs of both ports.

The two stub packages install the same module names, so each goes into a folder of its own below .venv/stubs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STUBS = ROOT / ".venv" / "stubs"
PORTS = {
    "esp32": "micropython-esp32-stubs==1.28.0.post4",
    "esp8266": "micropython-esp8266-stubs==1.28.0.post4",
}


def main() -> int:
    """Run every check, report all failures; exit status 1 when there was one."""
    failed = []
    for name, command in (
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "--quiet", "."]),
        ("codespell", ["codespell"]),
        *((f"pyright {port}", ["pyright", "--project", str(_project(port))]) for port in PORTS),
    ):
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd=ROOT, env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
        )
        if done.returncode:
            failed.append(name)
    print(f"lint: failed: {', '.join(failed)}" if failed else "lint: ok")
    return 1 if failed else 0


def _project(port: str) -> Path:
    """Install the port's stubs where they are missing, and write pyright's project file for it."""
    folder = STUBS / PORTS[port]
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", str(folder), PORTS[port]], check=True)
    project = STUBS / f"{port}.json"
    settings = {
        "include": ["../../firmware"],
        "exclude": [],
        "extraPaths": [str(ROOT / "firmware")],
        "stubPath": str(folder),
        "typeshedPath": str(folder),
        "pythonVersion": "3.11",
        "typeCheckingMode": "basic",
        "reportMissingModuleSource": "none",
        # Parts that exist only from a certain state on start as None.
        "reportOptionalMemberAccess": "none",
        "reportOptionalSubscript": "none",
    }
    project.write_text(json.dumps(settings, indent=2))
    return project


if __name__ == "__main__":
    sys.exit(main())
