"""Runs at every reset, before main.py: only the import path, and nothing that can fail."""

import sys

for path in ("/rom/fw", "/fw"):  # ROMFS, where there is one; what is on the file system comes before it
    if path not in sys.path:
        sys.path.insert(0, path)  # before '', so that `import main` finds the firmware's, not /main.py
