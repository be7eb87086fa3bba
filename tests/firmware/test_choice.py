from net.choice import order

OPEN, WPA2, WPA3 = 0, 3, 6
SHORT = b"Home"
LONGEST = b"x" * 32
LATIN = b"Caf\xe9"


class Network:
    def __init__(self, ssid, password=b"password", hidden=False):
        self.ssid, self.password, self.hidden = ssid, password, hidden


def bssid(number):
    return b"\x02\0\0\0\0" + bytes([number])


def row(ssid, number, rssi, security=WPA2):
    return ssid, bssid(number), 1, rssi, security, False


def chosen(rows, networks, last=None):
    """(ssid, number of the BSSID or None) in the order to try."""
    return [(network.ssid, at and at[5]) for network, at in order(rows, networks, last)]


def test_strongest_first_whatever_the_order_of_rows_and_networks():
    rows = [row(b"A", 1, -70), row(b"B", 2, -40), row(b"C", 3, -60), row(b"Neighbour", 4, -30)]
    networks = [Network(b"C"), Network(b"A"), Network(b"B")]
    assert chosen(rows, networks) == [(b"B", 2), (b"C", 3), (b"A", 1)]
    assert chosen(rows[::-1], networks[::-1]) == [(b"B", 2), (b"C", 3), (b"A", 1)]


def test_the_two_strongest_of_a_mesh():
    rows = [row(SHORT, 1, -80), row(SHORT, 2, -50), row(b"B", 3, -60), row(SHORT, 4, -70)]
    assert chosen(rows, [Network(SHORT), Network(b"B")]) == [(SHORT, 2), (b"B", 3), (SHORT, 4)]


def test_the_same_access_point_counts_once():
    rows = [row(SHORT, 1, -50), row(SHORT, 1, -52), row(SHORT, 1, -51), row(SHORT, 2, -60)]
    assert chosen(rows, [Network(SHORT)]) == [(SHORT, 1), (SHORT, 2)]


def test_equal_strength_goes_by_the_order_of_networks():
    rows = [row(b"B", 2, -50), row(b"A", 1, -50)]
    assert chosen(rows, [Network(b"A"), Network(b"B")]) == [(b"A", 1), (b"B", 2)]
    assert chosen(rows, [Network(b"B"), Network(b"A")]) == [(b"B", 2), (b"A", 1)]


def test_an_evil_twin_is_no_choice_neither_by_address_nor_by_name():
    """The open one is stronger; an ESP8266 would join it when asked for the name."""
    twin = row(SHORT, 1, -20, OPEN)
    assert chosen([twin, row(SHORT, 2, -80)], [Network(SHORT)]) == [(SHORT, 2)]
    assert chosen([twin], [Network(SHORT)]) == []
    assert chosen([twin], [Network(SHORT, hidden=True)]) == []
    assert chosen([twin, row(SHORT, 2, -80)], [Network(SHORT, b"")]) == [(SHORT, 1)]
    assert chosen([row(SHORT, 2, -80)], [Network(SHORT, b"")]) == []
    assert chosen([row(SHORT, 2, -80, WPA3)], [Network(SHORT)]) == [(SHORT, 2)]


def test_hidden_ones_by_name_then_those_that_the_scan_missed():
    rows = [row(b"", 9, -10), row(b"", 8, -20, OPEN), row(SHORT, 1, -50)]
    networks = [Network(b"Missed"), Network(b"H1", hidden=True), Network(SHORT), Network(b"H2", b"", True)]
    assert chosen(rows, networks) == [(SHORT, 1), (b"H1", None), (b"H2", None), (b"Missed", None)]
    assert chosen([], networks) == [(b"H1", None), (b"H2", None), (b"Missed", None), (SHORT, None)]


def test_a_hidden_network_that_shows_its_name_is_joined_by_address():
    networks = [Network(b"H", hidden=True)]
    assert chosen([row(b"H", 1, -50)], networks) == [(b"H", 1)]


def test_names_are_bytes():
    rows = [row(LONGEST, 1, -50), row(LATIN, 2, -60), row(b"x" * 31, 3, -40), row(b"caf\xe9", 4, -40)]
    assert chosen(rows, [Network(LATIN), Network(LONGEST)]) == [(LONGEST, 1), (LATIN, 2)]


def test_what_goes_last_this_time():
    rows = [row(SHORT, 1, -40), row(SHORT, 2, -50), row(b"B", 3, -60)]
    networks = [Network(SHORT), Network(b"B"), Network(b"H", hidden=True)]
    usual = [(SHORT, 1), (SHORT, 2), (b"B", 3), (b"H", None)]
    assert chosen(rows, networks, (SHORT, bssid(1))) == usual[1:] + usual[:1]
    assert chosen(rows, networks, (SHORT, None)) == usual[2:] + usual[:2]
    assert chosen(rows, networks, (b"B", bssid(3))) == [usual[0], usual[1], usual[3], usual[2]]
    assert chosen(rows, networks, (SHORT, bssid(7))) == usual
    assert chosen(rows, networks, (b"Gone", None)) == usual
    assert chosen(rows, networks[2:], (b"H", bssid(5))) == [(b"H", None)]


def test_nothing_is_known_or_seen():
    assert order([], []) == [] and order([row(SHORT, 1, -50)], []) == []


def test_sixteen_networks_and_forty_rows():
    """Each network is there, none more than twice, and nothing else."""
    networks = [Network(b"N%d" % at, hidden=at % 5 == 0) for at in range(16)]
    rows = [row(b"N%d" % (at % 12), at, -30 - at * 7 % 40) for at in range(40)]
    tries = chosen(rows, networks)
    names = [ssid for ssid, _ in tries]
    assert [names.count(network.ssid) for network in networks] == [2] * 12 + [1] * 4
    assert tries[24:] == [(b"N15", None), (b"N12", None), (b"N13", None), (b"N14", None)]
    strengths = [next(r[3] for r in rows if r[1] == bssid(at)) for _, at in tries[:24]]
    assert strengths == sorted(strengths, reverse=True)
