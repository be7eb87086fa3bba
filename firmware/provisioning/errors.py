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

_WORDS = {
    CONFIG: "configuration not usable",
    NETWORK_TIMEOUT: "no connection to the network in time",
    CLOUD_TIMEOUT: "the cloud did not answer in time",
    BAD_TOKEN: "the cloud does not know this token",
    NETWORK: "the network turned the device away",
    CLOUD: "the cloud turned the device away",
    DNS: "the cloud's name was not found",
    TLS: "the cloud's certificate was not accepted",
    CAPTIVE: "the network wants a log-in of its own first",
    NOT_FOUND: "network not found",
    WRONG_PASSWORD: "wrong Wi-Fi password",
    NO_ADDRESS: "the network gave no address",
}


def words(code):
    return _WORDS.get(code, "")


class Failure(Exception):
    """An attempt that failed, with its Inject code and a detail for people."""

    def __init__(self, code, detail=""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail or words(code)
