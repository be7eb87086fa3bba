"""`socket`: real sockets, and a getaddrinfo() that knows where the bench put the device's addresses.

Sockets must stay the built-in ones, because poll() and ssl need them. They take opaque addresses, so the
world is shut out or let in here, where every address comes from.
"""

import socket as native
from errno import EHOSTUNREACH

import link

AF_INET = native.AF_INET
SOCK_DGRAM = native.SOCK_DGRAM
SOCK_RAW = native.SOCK_RAW
SOCK_STREAM = native.SOCK_STREAM
SOL_SOCKET = native.SOL_SOCKET
SO_BROADCAST = native.SO_BROADCAST
SO_REUSEADDR = native.SO_REUSEADDR
IPPROTO_IP = 0
IPPROTO_TCP = 6
IPPROTO_UDP = 17
IP_ADD_MEMBERSHIP = getattr(native, "IP_ADD_MEMBERSHIP", 35)  # the unix port has it from 1.26
socket = native.socket

# PORT-BEHAVIOUR 5, DNS failure: ESP32 -202, ESP8266 -2; record, sockets: a port above 65535 gives -201.
_BAD_PORT = -201

_no_name = -202
_own = {}  # port on the device -> (host, port) on this machine
_has_ip = None
_runs_callbacks = False


def setup(own, no_name, runs_callbacks, has_ip):
    global _own, _no_name, _runs_callbacks, _has_ip
    _own = own
    _no_name = no_name
    _runs_callbacks = runs_callbacks
    _has_ip = has_ip


def getaddrinfo(host, port, family=0, kind=0, proto=0, flags=0):
    if not isinstance(host, (str, bytes)):
        raise TypeError("can't convert '{}' object to str implicitly".format(type(host).__name__))
    host = host if isinstance(host, str) else host.decode()
    port = int(port)
    if not 0 <= port <= 65535:
        raise OSError(_BAD_PORT)
    if host in ("", "0.0.0.0", "192.168.4.1"):
        # A port that the bench gave no place to is bound to any free one: nothing outside can reach it.
        place = _own.get(port, ("127.0.0.1", 0))
    else:
        place = "127.0.0.1", _through_the_air(host, port, kind == SOCK_DGRAM)
    address = native.getaddrinfo(place[0], place[1])[0][-1]
    return [(AF_INET, kind or SOCK_STREAM, 0, host, address)]


def _through_the_air(host, port, udp):
    """The loopback port of a relay that leads to (host, port) as far as the radio world allows."""
    if not _has_ip():
        # The port would raise EHOSTUNREACH in connect(), which is the built-in one here.
        raise OSError(EHOSTUNREACH if _is_literal(host) else _no_name)
    if not _runs_callbacks:
        link.hold()
    try:
        answer = link.request({"do": "resolve", "host": host, "port": port, "udp": udp})
    finally:
        if not _runs_callbacks:
            link.release()
    if "port" not in answer:
        raise OSError(EHOSTUNREACH if _is_literal(host) else _no_name)
    return answer["port"]


def _is_literal(host):
    parts = host.split(".")
    return len(parts) == 4 and all([part.isdigit() for part in parts])
