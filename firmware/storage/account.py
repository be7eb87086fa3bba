"""What belongs together of the record: a token, its server and the networks that lead there."""


class Network:
    """A Wi-Fi network: SSID and password as bytes, static address as "ip,mask,gateway,dns" or ""."""

    def __init__(self, ssid, password=b"", hidden=False, static=""):
        self.ssid = ssid
        self.password = password
        self.hidden = hidden
        self.static = static


class Account:
    """Token, server and networks that belong together; a claim code stands for a token to come."""

    def __init__(self):
        self.token = ""
        self.server = ""
        self.claim = ""
        self.tries = 0
        self.networks = []  # the one that let us in last comes first
        self.bssid = b""  # of the access point that did, where it is known
        self.others = []  # fields that we do not know
