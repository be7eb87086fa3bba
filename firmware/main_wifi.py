"""What is known of networks between one time that one is joined and the next."""

from micropython import const

from core.clock import to_ms
from core.late import call, forget

_DOUBTS = const(3)  # failures of the cloud in a row before another network may do better


class Wifi:
    """What the states ask of the radio; a failure comes out as a Failure with its code."""

    def __init__(self, product, radio, each=2):
        self.product = product
        self._radio = radio
        self._doubts = 0
        # For main_join, which is in memory only while it joins:
        self.each = each  # access points of one network to try in a round
        self.ms = to_ms(product.NET_TIMEOUT_S)
        self.guessed = False  # since we were last on a network
        self.blind = False  # this round also tries networks that the scan does not show
        self.shunned = None
        self.place = ()  # the network that let us in, and the BSSID where it is known

    def joined(self):
        return self._radio.joined()

    def leave(self):
        self._radio.leave()

    async def join(self, network):
        """Join this network."""
        await self._late("join", network)

    async def find(self, account):
        """Join where it went well the last time, else the strongest network that is known."""
        await self._late("find", account)

    async def _late(self, name, value):
        try:
            await call("main_join", name, self, self._radio, value)
        finally:
            forget("net.choice", "net.station", "net.reasons", "net.reasons_esp32")

    def doubt(self):
        """The cloud was not reached from here: after some such failures, look for a better network."""
        self._doubts += 1
        if self._doubts >= _DOUBTS:
            self._doubts = 0
            self.shunned = self.place and (self.place[0].ssid, self.place[1] or None)
            self.guessed = True
            self.leave()

    def trust(self):
        """The cloud was reached from here."""
        self._doubts = 0
        self.shunned = None
