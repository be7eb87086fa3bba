"""What both ports' WLAN share: the wire to the radio world, addresses, and `network`'s own functions."""

import link
from arguments import positional, text

STA, AP = 0, 1

_UNSET = "0.0.0.0"

hostname_text = "mpy-esp32"
country_text = "XX"


class Interface:
    """Addresses of one interface, kept as the four strings of ifconfig()."""

    def __init__(self, address=_UNSET, mask=_UNSET, gateway=_UNSET):
        self.address, self.mask, self.gateway, self.dns = address, mask, gateway, _UNSET
        self.dhcp = True

    def clear(self):
        """The link is down: record, surprise 14: the DNS entry stays."""
        self.address = self.mask = self.gateway = _UNSET

    def lease(self, message):
        self.address, self.mask = message["ip"], message["mask"]
        self.gateway, self.dns = message["gateway"], message["dns"]

    def tuple(self):
        return self.address, self.mask, self.gateway, self.dns


def dotted(value):
    """An IPv4 address as the ports read it: each part modulo 256 (record, ap.ifconfig of 300.1.1.1)."""
    parts = value.split(".")
    if len(parts) != 4:
        raise ValueError("invalid arguments")
    return ".".join([str(int(part) & 255) for part in parts])


def mask(value):
    """A netmask given as text or as the length of the prefix."""
    if not isinstance(value, int):
        return dotted(value)
    bits = 0xFFFFFFFF << (32 - value) & 0xFFFFFFFF
    return ".".join([str(bits >> shift & 255) for shift in (24, 16, 8, 0)])


def four(value):
    """The 4-tuple that ifconfig() sets."""
    if len(value) != 4:
        raise ValueError("requested length 4 but object has length {}".format(len(value)))
    return dotted(value[0]), mask(value[1]), dotted(value[2]), dotted(value[3])


def scan():
    """Ask the radio world; no callback runs meanwhile (PORT-BEHAVIOUR 7)."""
    link.hold()
    try:
        return link.request({"do": "scan"})["found"]
    finally:
        link.release()


def switch(sta, ap):
    """Tell the radio world which interfaces are on, and wait until they are."""
    link.request({"do": "radio", "sta": sta, "ap": ap})


def hostname(*args):
    global hostname_text
    positional(args, 0, 1)
    if not args:
        return hostname_text
    name = text(args[0])
    if len(name) > 32:
        raise ValueError()  # PORT-BEHAVIOUR 1, network.hostname(): bare
    hostname_text = name.decode()


def country(*args):
    global country_text
    positional(args, 0, 1)
    if not args:
        return country_text
    if len(text(args[0])) != 2:
        raise ValueError()
    country_text = text(args[0]).decode().upper()
