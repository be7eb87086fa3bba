"""TLS contexts for net.stream.connect(), which has the server's name checked against the certificate."""

# pyright: reportAttributeAccessIssue=false
# Above: an ESP8266 has no more than unverified() needs, and the stubs leave out verify_mode.
# Not `ssl`: its SSLContext is this one in a wrapper that asks for no certificate.
from binascii import a2b_base64

import tls


def verifying(certificates):
    """A context that trusts these authorities only, DER or PEM as bytes. Raises ValueError for a bad one."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    for certificate in certificates:
        if b"-----BEGIN" in certificate:  # not every port can read PEM
            certificate = a2b_base64(certificate.split(b"-----")[2])
        context.load_verify_locations(certificate)
    context.verify_mode = tls.CERT_REQUIRED
    return context


def unverified():
    """A context that takes any certificate: against listeners, not against a server in the middle."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_NONE
    return context
