"""TLS as far as this chip can: a server that is verified and a clock to do it by, or neither."""

from core import log
from core.clock import to_ms
from core.late import drop
from provisioning import errors
from provisioning.errors import Failure


class Security:
    """Makes the one TLS context of the device when it is first needed."""

    def __init__(self, product, verifies):
        self._product = product
        self._tls = None
        self.clock = None
        if verifies:
            from main_clock import Clock

            self.clock = Clock(product.FIRMWARE_BUILD)

    async def context(self):
        product = self._product
        if self.clock:
            await self.clock.ensure(product.NTP, to_ms(product.PATIENCE_S), product.PROBE)
        elif product.ESP8266_TLS == "plain":
            raise Failure(errors.TLS, "this product does without TLS on an ESP8266: use mqtt:// and http://")
        if not self._tls:
            self._tls = self._verifying() if self.clock else _unverified()
        return self._tls

    def _verifying(self):
        own = [_bytes(certificate) for certificate in self._product.CA]
        return trusting(own, self._product.CA_ONLY)


def trusting(own=(), only=False):
    """A context that trusts these authorities, DER or PEM as bytes, and the built-in ones unless `only`."""
    from net.tls import verifying

    if only:
        return verifying(own)
    from cloud import roots

    try:
        return verifying(list(own) + list(roots.ROOTS))
    finally:  # mbedTLS has made its own of them
        drop("cloud.roots")


def _unverified():
    from net.tls import unverified

    log.warn("tls", "an ESP8266 cannot verify the server: who sits in between can read and change everything")
    return unverified()


def _bytes(certificate):
    if not isinstance(certificate, str):
        return certificate
    try:
        with open(certificate, "rb") as file:
            return file.read()
    except OSError:
        raise Failure(errors.CONFIG, "product.CA: there is no file " + certificate)
