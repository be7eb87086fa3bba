"""One TLS connection by net.stream: tls_driver.py FIRMWARE HOST PORT MS CERTIFICATE….

Every name but those of .invalid leads to this machine. Without a certificate it trusts the built-in ones;
`-` is unverified.

Prints what the server said, or the class of an exception and the code and detail that it becomes. Then how
many sockets it has left open.
"""

import asyncio
import os
import socket
import sys

FIRMWARE, HOST, PORT, MS = sys.argv[1:5]
sys.path[:] = [FIRMWARE, ".frozen"]

from main_failures import explain  # noqa: E402
from main_tls import trusting  # noqa: E402
from net import stream, tls  # noqa: E402


def context(names):
    if names == ["-"]:
        return tls.unverified()
    if not names:
        return trusting()
    return tls.verifying([open(name, "rb").read() for name in names])


def open_sockets():
    """Every descriptor but the three of the terminal and the one that lists them."""
    return len(os.listdir("/dev/fd")) - 4


async def at_home(host, port, kind):
    return socket.getaddrinfo("127.0.0.1", port, 0, kind)[0][-1]


async def talk(trusted):
    connection = await stream.connect(HOST, int(PORT), trusted)
    try:
        connection.write(b"hello")
        await connection.drain()
        heard = bytearray(5)
        await connection.readinto(heard)
        return bytes(heard)
    finally:
        connection.close()


async def main():
    if not HOST.endswith(".invalid"):
        stream.lookup = at_home
    trusted = context(sys.argv[5:])
    before = open_sockets()
    try:
        print("heard", await asyncio.wait_for_ms(talk(trusted), int(MS)))
    except Exception as e:
        failure = explain(e)
        print(type(e).__name__, failure.code, failure.detail)
    print("left open", open_sockets() - before)


asyncio.run(main())
