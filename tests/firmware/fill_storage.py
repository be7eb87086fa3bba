"""In MicroPython, on the flash of a device that is off: fill_storage.py FIRMWARE SIM IMAGE ROUNDS.

A life of many configurations, with the firmware's own storage; prints every secret, a line each.
"""

import sys


def configure(credentials, number):
    """One configuration that works out, or does not; yields its secrets."""
    from storage.account import Network

    password = "password %02d " % number
    network = Network(b"Network %02d" % number, password.encode() * (1 + number % 4))
    token = "%04d" % number * 8
    if number % 5 == 4:
        credentials.propose(network, claim=token[:8])
        yield token[:8]
        token = "T" + token[1:]
        credentials.claimed(token, "")
    else:
        credentials.propose(network, token)
    credentials.tries_candidate()
    if number % 3:
        credentials.accepted("1.0")
    else:
        credentials.reject(722, "wrong Wi-Fi password")
    yield password
    yield token


def main(firmware, sim, image, rounds):
    sys.path[:] = [firmware, sim, ".frozen"]
    import vfs
    from flash import Flash

    from storage.credentials import Credentials
    from storage.files import Files
    from storage.journal import Journal

    vfs.mount(vfs.VfsLfs2(Flash(image)), "/chip")
    credentials = Credentials(Journal(Files("/chip/")))
    for number in range(int(rounds)):
        for secret in configure(credentials, number):
            print(secret)
    assert len(credentials.verified.networks) == 16
    vfs.umount("/chip")


main(*sys.argv[1:])
