"""`sys` as the ports have it: no host path, the port's platform and board names."""

import sys as native
from collections import namedtuple

argv = []
byteorder = native.byteorder
exit = native.exit
maxsize = 0x7FFFFFFF
modules = native.modules
path = native.path
print_exception = native.print_exception
stderr = native.stderr
stdin = native.stdin
stdout = native.stdout
version_info = native.version_info

_Implementation = namedtuple("implementation", ("name", "version", "_machine", "_mpy", "_build"))


def describe(name, machine, mpy, build):
    """Take the port's names on; the versions stay those of the interpreter that really runs."""
    global platform, implementation, version
    platform = name
    implementation = _Implementation("micropython", native.implementation.version, machine, mpy, build)
    version = native.version
