"""Runs at every reset, before main.py: only the import path, and nothing that can fail."""

import sys

if "/fw" not in sys.path:
    sys.path.insert(0, "/fw")  # before '', so that `import main` finds the firmware's, not /main.py
