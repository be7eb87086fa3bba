"""The real portal, form, credentials and journal, with a radio that only answers."""

import sys

import vfs


class Radio:
    rows = [
        (b"Network %d" % number, b"\1\2\3\4\5" + bytes((number,)), 6, -40 - number, 3) for number in range(20)
    ]

    def mac(self, access_point=False):
        return b"\x24\x6f\x28\xab\xcd\xee" if access_point else b"\x24\x6f\x28\xab\xcd\xef"

    async def scan(self):
        return self.rows

    def joined(self):
        return False


class Agent:
    dual = False
    uid = "00000000-0000-8000-8000-000000000000"

    def __init__(self, product, credentials):
        self.product = product
        self.credentials = credentials
        self.radio = Radio()
        self.portal = None
        self.access_point_key = ""
        self.state = "CONFIGURING"
        self.connect = None


def handler(portal):
    """The portal's handler, for which every attempt is over at once."""

    async def handle(request, response):
        try:
            await portal.handle(request, response)
        finally:
            portal.wanted = portal.credentials.candidate = None

    return handle


def make(firmware, folder, **options):
    """An agent with its portal: the page is that of `firmware`, records go into `folder` (with a slash).

    options: values of product.py.
    """
    sys.modules["network"] = sys  # any object: net.radio imports it, nobody makes a Radio
    vfs.mount(vfs.VfsPosix(firmware), "/fw")
    import product
    from main_config import equip
    from storage.credentials import Credentials
    from storage.files import Files
    from storage.journal import Journal

    product.CLAIM_URL = "http://127.0.0.1/claim"
    for name, value in options.items():
        setattr(product, name, value)
    agent = Agent(product, Credentials(Journal(Files(folder))))
    equip(agent, "Blynk Device-K9WJ", "esp32")
    return agent
