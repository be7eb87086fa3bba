"""A device's record, written and read by the firmware's own code: inside.py FIRMWARE FOLDER write|read.

`write` takes a JSON account from standard input and leaves journal.a and journal.b in FOLDER, verified.
`read` prints the account that they hold.
"""

import json
import sys


def account(account):
    return account and {
        "token": account.token,
        "server": account.server,
        "networks": [[network.ssid.hex(), network.password.hex()] for network in account.networks],
    }


def main(firmware, folder, order):
    sys.path[:] = [firmware, ".frozen"]
    from core import log

    log.warn = log.error = lambda *words: None  # standard output is for the answer
    from storage.account import Network
    from storage.credentials import Credentials
    from storage.files import Files
    from storage.journal import Journal

    stored = Credentials(Journal(Files(folder + "/")))
    if order == "write":
        wanted = json.loads(sys.stdin.read())
        for ssid, password in reversed(wanted["networks"]):  # the latest leads
            network = Network(bytes.fromhex(ssid), bytes.fromhex(password))
            stored.propose(network, wanted["token"], wanted["server"])
            stored.accepted("0.0.0")
    else:
        print(json.dumps({"verified": account(stored.verified), "candidate": account(stored.candidate)}))


main(*sys.argv[1:])
