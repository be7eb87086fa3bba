"""Put before the firmware's boot.py: prints what each module takes of the heap when it is imported."""

import builtins

# asyncio loads its parts relative to itself, and the import function goes by the name of its caller.
_IMPORT = """
def find(name, *rest):
    gc.collect()
    before = gc.mem_alloc()
    inner.append(0)
    try:
        return native(name, *rest)
    finally:
        gc.collect()
        taken = gc.mem_alloc() - before
        own = taken - inner.pop()
        if inner:
            inner[-1] += taken
        if own > 48:
            print("module:", name, own)
"""


def _measure():
    import gc

    scope = {"gc": gc, "inner": [], "native": __import__, "__name__": "asyncio", "__path__": "asyncio"}
    exec(_IMPORT, scope)
    builtins.__import__ = scope["find"]


_measure()
