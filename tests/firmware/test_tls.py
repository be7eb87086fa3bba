import gc
import sys

import tls as port

import main_tls
from net import tls


def test_verifying_insists():
    """The default differs from port to port, and between `ssl` and `tls`."""
    assert tls.verifying(()).verify_mode == port.CERT_REQUIRED
    assert tls.unverified().verify_mode == port.CERT_NONE
    assert main_tls.trusting().verify_mode == port.CERT_REQUIRED


def test_the_built_in_authorities_do_not_stay_in_memory():
    import cloud.link  # the package itself stays

    kept = [tls.verifying(()), main_tls.trusting(), cloud.link]
    costs = []
    for make in (lambda: tls.verifying(()), main_tls.trusting):
        gc.collect()
        before = gc.mem_free()
        kept.append(make())
        gc.collect()
        costs.append(before - gc.mem_free())
    assert "cloud.roots" not in sys.modules and not hasattr(sys.modules["cloud"], "roots")
    assert costs[1] - costs[0] < 500, costs  # they are 3,142 bytes


def test_what_is_no_certificate_is_refused():
    for bad in (b"", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"text"):
        for make in (tls.verifying, main_tls.trusting):
            try:
                make((bad,))
            except ValueError:
                continue
            raise AssertionError(bad)
