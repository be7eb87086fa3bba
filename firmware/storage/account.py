"""What belongs together of the record: a token, its server and the networks that lead there."""

import struct

from micropython import const

# Keys of an account's fields, on top of the account's own number.
_TOKEN = const(0)
_SERVER = const(1)
_NETWORK = const(2)
_CLAIM = const(3)
_TRIES = const(4)
_BSSID = const(5)


class Network:
    """A Wi-Fi network: SSID and password as bytes, static address as "ip,mask,gateway,dns" or ""."""

    def __init__(self, ssid, password=b"", hidden=False, static=""):
        self.ssid = ssid
        self.password = password
        self.hidden = hidden
        self.static = static

    def pack(self):
        ssid, password = self.ssid, self.password
        sizes = struct.pack("<BBB", self.hidden, len(ssid), len(password))
        return sizes + ssid + password + self.static.encode()


def unpack_network(data):
    hidden, ssid, password = struct.unpack("<BBB", data)
    ssid += 3
    password += ssid
    return Network(data[3:ssid], data[ssid:password], bool(hidden), data[password:].decode())


class Account:
    """Token, server and networks that belong together; a claim code stands for a token to come."""

    def __init__(self):
        self.token = ""
        self.server = ""
        self.claim = ""
        self.tries = 0
        self.networks = []  # the one that let us in last comes first
        self.bssid = b""  # of the access point that did, where it is known
        self.others = []

    def pack(self, base):
        fields = [(base + _TOKEN, self.token.encode()), (base + _SERVER, self.server.encode())]
        if self.claim:
            fields.append((base + _CLAIM, self.claim.encode()))
        if self.tries:
            fields.append((base + _TRIES, bytes((self.tries,))))
        if self.bssid:
            fields.append((base + _BSSID, self.bssid))
        fields += [(base + _NETWORK, network.pack()) for network in self.networks]
        return fields + [(base + key, value) for key, value in self.others]

    def unpack(self, key, value):
        if key == _TOKEN:
            self.token = value.decode()
        elif key == _SERVER:
            self.server = value.decode()
        elif key == _CLAIM:
            self.claim = value.decode()
        elif key == _TRIES:
            self.tries = value[0]
        elif key == _BSSID:
            self.bssid = bytes(value)
        elif key == _NETWORK:
            self.networks.append(unpack_network(value))
        else:
            self.others.append((key, value))
