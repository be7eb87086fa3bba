"""Runs at every reset, before main.py: only the import path, and nothing that can fail.

A deployment puts it in place first: it must suit the firmware before and the one after.
"""

import os
import sys

for path in ("/rom/fw", "/fw"):  # ROMFS, where there is one; what is on the file system comes before it
    if path not in sys.path:
        sys.path.insert(0, path)  # before '', so that `import main` finds the firmware's, not /main.py
_names = os.listdir("/")
if "fw" not in _names and "fw.new" in _names:  # a deployment was cut between its last two renames
    os.rename("/fw.new", "/fw")
