"""What the device remembers: verified credentials, a candidate, the last error."""

from micropython import const

from core import log
from core.late import forget
from storage.account import Account

NETWORKS = const(16)

_MOST_TRIES = const(3)  # of a candidate: what resets the chip each time shall not do so for ever
_BAD_TOKEN = const(703)
_NEWER = const(700)  # the app's code for a configuration that is not usable


class Credentials:
    """The record in memory. What changes it saves it, or raises StorageError and is as before."""

    def __init__(self, journal):
        self._journal = journal
        self._placed = False
        self._load()

    @property
    def ready(self):
        """Whether there are verified credentials, and a network for them: a factory's may have none yet."""
        return bool(self.verified and self.verified.networks)

    def propose(self, network, token="", server="", claim=""):
        """Store a candidate beside what is verified."""
        account = Account()
        account.networks.append(network)
        account.token, account.server, account.claim = token, server, claim
        self.candidate = account
        self.attempt += 1
        self.error, self.detail = 0, ""
        self.last = b""
        self.ask = False
        self.window = 0  # the owner is here
        self._change("replace")

    def tries_candidate(self):
        """Count a try of the candidate. False when each of the last ones has reset the chip."""
        if self.candidate.tries >= _MOST_TRIES:
            return False
        self.candidate.tries += 1
        self._save()
        return True

    def claimed(self, token, server):
        """The candidate's claim code has become a token."""
        account = self.candidate
        account.token, account.server, account.claim = token, server, ""
        self._save()

    def accepted(self, firmware, network=None, bssid=b""):
        """The cloud has accepted us, by way of this network, and so a candidate: it is verified now."""
        account = self.candidate or self.verified
        if not self._news(account, firmware, network, bssid):
            self._placed = self._placed or bool(network)
            return
        self.firmware = firmware
        account.tries = 0
        if self.candidate and self.verified:
            ssid = account.networks[0].ssid
            others = [each for each in self.verified.networks if each.ssid != ssid]
            account.networks += others[: NETWORKS - 1]
        if network and not self._placed:  # once a boot: who roams shall not wear the flash out
            self._placed = True
            account.networks = [network] + [each for each in account.networks if each.ssid != network.ssid]
            account.bssid = bssid
        if self.candidate or self.window or self.error == _BAD_TOKEN:  # what else failed is still told
            self.error, self.detail = 0, ""
        self.verified, self.candidate = account, None
        self.refused = self.window = 0
        self._save()

    def _news(self, account, firmware, network, bssid):
        """Whether accepted() has something to note: mostly it has not, and the journal is not loaded."""
        moved = network and (account.networks[0].ssid != network.ssid or account.bssid != bssid)
        return (
            self.candidate
            or account.tries
            or firmware != self.firmware
            or self.error == _BAD_TOKEN
            or self.refused
            or self.window
            or moved
            and not self._placed
        )

    def reject(self, code, detail):
        """The candidate has failed: remember why."""
        candidate, self.candidate = self.candidate, None
        if candidate:
            self.last = candidate.networks[0].ssid
            if candidate.claim and code == _BAD_TOKEN:
                self.refused += 1
        self.error, self.detail = code, detail
        self._save()

    def ask_again(self, code=0, detail="", window=0):
        """Open the access point for one window after the next reset, and let go of a candidate.

        `window`: 1 to 255, why nobody asked for it; remembered until we are online.
        """
        self.candidate = None
        self.ask = True
        self.window = window or self.window
        if code:
            self.error, self.detail = code, detail
        self._save()

    def asked(self):
        """That window has begun."""
        if self.ask:
            self.ask = False
            self._save()

    def erase(self):
        """Forget everything but the number of attempts. A cut before erased() leads back here."""
        erasing = self.erasing + 1
        self._forget()
        self.erasing = erasing
        self._change("erase")

    def wipe(self):
        """Overwrite what is left of older records outside the slots: a generator of small steps."""
        return self._journal.wipe(self._pack())

    def erased(self):
        """Erasing has come to its end."""
        self.erasing = 0
        self._save()

    def _forget(self):
        self.error, self.detail = 0, ""
        self.ask = False
        self.firmware = ""
        self.last = b""  # SSID of the last attempt that failed
        self.refused = 0  # claim codes that the cloud refused, one after the other
        self.window = 0  # why the access point opened by itself since we were online
        self.erasing = 0  # how often erasing has begun without coming to its end
        self.verified = None
        self.candidate = None
        self.others = []  # fields that we do not know

    def _load(self):
        fields = self._journal.load()  # first: where it finds no memory, what we know stays
        if fields:
            from storage.record import unpack

            forget("storage.record")
        self._forget()
        self.attempt = 0
        self.newer = self._journal.newer
        if self.newer:
            self.error, self.detail = _NEWER, "stored by a newer firmware: configure again, or update"
        try:
            if fields:
                unpack(self, fields)
        except (ValueError, IndexError) as e:  # to start as new is better than never to start
            log.error("storage", "record not understood:", e)
            self._forget()

    def _save(self):
        self._change("save")

    def _change(self, name):
        try:
            fields = self._pack()  # first: the journal's code is loaded when it is no longer needed
            getattr(self._journal, name)(fields)
        except Exception:
            self._load()
            raise
        self.newer = False

    def _pack(self):
        from storage.record import pack

        forget("storage.record")
        return pack(self)
