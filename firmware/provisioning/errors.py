"""The Inject error codes that this firmware raises, and its own words for them."""

from micropython import const

CONFIG = const(700)
NETWORK_TIMEOUT = const(701)
CLOUD_TIMEOUT = const(702)
BAD_TOKEN = const(703)
NETWORK = const(704)
CLOUD = const(705)
DNS = const(710)
TLS = const(711)
CAPTIVE = const(712)
NOT_FOUND = const(720)
WRONG_PASSWORD = const(722)
NO_ADDRESS = const(723)

# One text, not a dictionary: executed in place, it takes no memory.
_WORDS = const("""
700 configuration not usable
701 no connection to the network in time
702 the cloud did not answer in time
703 the cloud does not know this token
704 the network turned the device away
705 the cloud turned the device away
710 the cloud's name was not found
711 the cloud's certificate was not accepted
712 the network wants a log-in of its own first
720 network not found
722 wrong Wi-Fi password
723 the network gave no address
""")


def words(code):
    at = _WORDS.find("\n" + str(code) + " ")
    return _WORDS[at + 5 : _WORDS.find("\n", at + 1)] if at >= 0 else ""


class Failure(Exception):
    """An attempt that failed, with its Inject code and a detail for people."""

    def __init__(self, code, detail=""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail or words(code)
