"""Which known network to try first, from what a scan shows. Pure."""

from micropython import const

_EACH = const(2)  # of a mesh the strongest access points are enough


def order(rows, networks, last=None, each=_EACH):
    """(network, bssid) to try one after the other; bssid is None where only the name leads there.

    rows: of a scan. last: (ssid, bssid), or (ssid, None) for all of that network, goes to the end.
    """
    found, foreign = _found(rows, networks)
    tries = []
    counts = [0] * len(networks)
    for _, at, bssid in found:
        entry = networks[at], bssid
        if counts[at] < each and entry not in tries:
            counts[at] += 1
            tries.append(entry)
    for hidden in (True, False):  # a scan shows no hidden name, and misses others now and then
        for at, network in enumerate(networks):
            if network.hidden == hidden and not counts[at] and at not in foreign:
                tries.append((network, None))
    late = [entry for entry in tries if last and _is(entry, last)]
    return [entry for entry in tries if entry not in late] + late


def _found(rows, networks):
    """([(-rssi, place of the network, bssid)] in the order to try, places of networks with an impostor).

    An open access point by the name of a network with a password may be an evil twin. By the name alone an
    ESP8266 would join it.
    """
    found = []
    foreign = set()
    for row in rows:
        for at, network in enumerate(networks):
            if row[0] != network.ssid:
                continue
            if bool(row[4]) == bool(network.password):
                found.append((-row[3], at, row[1]))
            else:
                foreign.add(at)
    found.sort()
    return found, foreign


def _is(entry, last):
    network, bssid = entry
    return network.ssid == last[0] and (bssid is None or last[1] is None or bssid == last[1])
