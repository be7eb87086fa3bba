"""Programs that tests need and Debian has: `python tests/debian.py PACKAGE` installs one unless it is there.

By apt, as root or by sudo without a password; exit status 1, with a line that says so, where that cannot be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"  # where Debian puts servers


def install(package: str) -> bool:
    """Whether apt could install the package."""
    if not shutil.which("apt-get"):
        return False
    apt = [*([] if os.geteuid() == 0 else ["sudo", "--non-interactive"]), "apt-get", "--quiet=2"]
    commands = (["update"], ["install", "--yes", "--no-install-recommends", package])
    return not any(subprocess.run([*apt, *command]).returncode for command in commands)


if __name__ == "__main__":
    name = sys.argv[1]
    if not shutil.which(name, path=PATH) and not install(name):
        sys.exit(f"{name}: not installed; apt-get install {name}, as root")
