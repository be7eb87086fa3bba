"""Inside MicroPython: run.py FIRMWARE FILE FUNCTION. Exit status 1 and a traceback when it fails."""

import asyncio
import sys


def main(firmware, path, name):
    folder, _, module = path.rpartition("/")
    sys.path[:] = [firmware, folder, ".frozen"]
    test = getattr(__import__(module[:-3]), name)
    result = test()
    if hasattr(result, "send"):
        asyncio.run(asyncio.wait_for(result, 30))


main(*sys.argv[1:])
