"""Storage driven through a pipe, many examples a process: storage_driver.py FIRMWARE TESTS.

Each line is a JSON list: ["new", volume], [operation, argument…], or ["cut", n, operation, argument…], which
is cut at the n-th of the moments at which it can be. The answer is what a reset finds then.
"""

import json
import sys


def account(account):
    return account and {
        "token": account.token,
        "server": account.server,
        "claim": account.claim,
        "tries": account.tries,
        "networks": [
            [network.ssid.hex(), network.password.hex(), network.hidden, network.static]
            for network in account.networks
        ],
    }


def state(stored):
    return {
        "attempt": stored.attempt,
        "error": stored.error,
        "detail": stored.detail,
        "ask": stored.ask,
        "firmware": stored.firmware,
        "last": stored.last.hex(),
        "refused": stored.refused,
        "erasing": stored.erasing,
        "verified": account(stored.verified),
        "candidate": account(stored.candidate),
    }


def propose(stored, ssid, password, hidden, static, token, server, claim):
    from storage.account import Network

    network = Network(bytes.fromhex(ssid), bytes.fromhex(password), hidden, static)
    stored.propose(network, token, server, claim)


class Device:
    """A chip with its storage, from example to example a new one."""

    def __init__(self, volume):
        self._volume = volume
        self._chip = volume.blank()
        self._slots = volume.attach(self._chip)

    def stored(self):
        """As after a reset."""
        from storage.credentials import Credentials
        from storage.journal import Journal

        return Credentials(Journal(self._slots))

    def do(self, operation, *args):
        if operation == "cut":
            self._cut(*args)
        elif operation == "propose":
            propose(self.stored(), *args)
        else:
            getattr(self.stored(), operation)(*args)

    def _cut(self, moment, *operation):
        self._chip.record()
        self.do(*operation)
        moments = sum([1 for _ in self._chip.after_cuts()])
        for image in self._chip.after_cuts():  # none when nothing was to be written
            if moment % moments == 0:
                image = bytes(image)
                break
            moment -= 1
        self._volume.detach()
        if moments:
            self._chip = self._volume.copy(image)
        self._slots = self._volume.attach(self._chip)

    def close(self):
        self._volume.detach()


def main(firmware, tests):
    sys.path[:] = [firmware, tests, ".frozen"]
    import volumes
    from core import log

    log.warn = lambda *words: None  # standard output is for the answers
    by_name = {"littlefs": volumes.LITTLEFS, "FAT": volumes.FAT, "NVS": volumes.NVS}
    device = None
    for line in sys.stdin:
        name, *args = json.loads(line)
        if name == "new":
            if device:
                device.close()
            device = Device(by_name[args[0]])
        else:
            device.do(name, *args)
        print(json.dumps(state(device.stored())))


main(*sys.argv[1:])
