"""Credentials as the numbered fields of a record. In memory only while one is read or written."""

import struct

from micropython import const

from storage.account import Account, Network

# Keys of the record's fields. A number, once used, keeps its meaning for ever.
_ATTEMPT = const(1)
_ERROR = const(2)
_ASK = const(3)
_FIRMWARE = const(4)
_LAST = const(5)
_REFUSED = const(6)
_ERASING = const(7)
_WINDOW = const(8)
_VERIFIED = const(16)  # an account: this and those up to the next
_CANDIDATE = const(32)
_UNKNOWN = const(48)  # from here on, and wherever a number is missing: kept for the firmware that wrote it

_SMALL = ((_REFUSED, "refused"), (_ERASING, "erasing"), (_WINDOW, "window"))  # numbers up to 255

# Keys of an account's fields, on top of the account's own number.
_TOKEN = const(0)
_SERVER = const(1)
_NETWORK = const(2)
_CLAIM = const(3)
_TRIES = const(4)
_BSSID = const(5)


def pack(credentials):
    """The (key, value) fields that tell all of it."""
    fields = [(_ATTEMPT, struct.pack("<I", credentials.attempt))]
    if credentials.error:
        fields.append((_ERROR, struct.pack("<H", credentials.error) + credentials.detail.encode()))
    if credentials.ask:
        fields.append((_ASK, b"\x01"))
    if credentials.firmware:
        fields.append((_FIRMWARE, credentials.firmware.encode()))
    if credentials.last:
        fields.append((_LAST, credentials.last))
    for key, name in _SMALL:
        value = getattr(credentials, name)
        if value:
            fields.append((key, bytes((min(value, 255),))))
    for base, account in ((_VERIFIED, credentials.verified), (_CANDIDATE, credentials.candidate)):
        if account:
            fields += pack_account(account, base)
    return fields + credentials.others


def unpack(credentials, fields):
    """Take them in. Raises ValueError and IndexError for what cannot be understood."""
    for key, value in fields:
        if _VERIFIED <= key < _UNKNOWN:
            name, base = ("candidate", _CANDIDATE) if key >= _CANDIDATE else ("verified", _VERIFIED)
            if getattr(credentials, name) is None:
                setattr(credentials, name, Account())
            _unpack_account(getattr(credentials, name), key - base, value)
        elif key == _ATTEMPT:
            credentials.attempt = struct.unpack("<I", value)[0]
        elif key == _ERROR:
            credentials.error = struct.unpack("<H", value)[0]
            credentials.detail = value[2:].decode()
        elif key == _ASK:
            credentials.ask = True
        elif key == _FIRMWARE:
            credentials.firmware = value.decode()
        elif key == _LAST:
            credentials.last = bytes(value)
        else:
            _unpack_small(credentials, key, value)


def _unpack_small(credentials, key, value):
    for small, name in _SMALL:
        if key == small:
            return setattr(credentials, name, value[0])
    credentials.others.append((key, value))


def pack_account(account, base):
    fields = [(base + _TOKEN, account.token.encode()), (base + _SERVER, account.server.encode())]
    if account.claim:
        fields.append((base + _CLAIM, account.claim.encode()))
    if account.tries:
        fields.append((base + _TRIES, bytes((account.tries,))))
    if account.bssid:
        fields.append((base + _BSSID, account.bssid))
    fields += [(base + _NETWORK, _pack_network(network)) for network in account.networks]
    return fields + [(base + key, value) for key, value in account.others]


def _unpack_account(account, key, value):
    if key == _TOKEN:
        account.token = value.decode()
    elif key == _SERVER:
        account.server = value.decode()
    elif key == _CLAIM:
        account.claim = value.decode()
    elif key == _TRIES:
        account.tries = value[0]
    elif key == _BSSID:
        account.bssid = bytes(value)
    elif key == _NETWORK:
        account.networks.append(_unpack_network(value))
    else:
        account.others.append((key, value))


def _pack_network(network):
    ssid, password = network.ssid, network.password
    sizes = struct.pack("<BBB", network.hidden, len(ssid), len(password))
    return sizes + ssid + password + network.static.encode()


def _unpack_network(data):
    hidden, ssid, password = struct.unpack("<BBB", data)
    ssid += 3
    password += ssid
    return Network(data[3:ssid], data[ssid:password], bool(hidden), data[password:].decode())
