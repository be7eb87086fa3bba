"""`tls` of an ESP8266 (axTLS), which can encrypt and not verify (PORT-BEHAVIOUR 5, TLS).

Its sockets are those of mbedTLS, because poll() needs them: more ciphers, and other numbers in an OSError.
"""

import tls as _native

CERT_NONE = _native.CERT_NONE
PROTOCOL_TLS_CLIENT = _native.PROTOCOL_TLS_CLIENT
PROTOCOL_TLS_SERVER = _native.PROTOCOL_TLS_SERVER


class SSLContext:
    def __init__(self, protocol):
        self._context = _native.SSLContext(protocol)
        self._context.verify_mode = CERT_NONE

    @property
    def verify_mode(self):
        return CERT_NONE

    @verify_mode.setter
    def verify_mode(self, value):
        pass  # silently, whatever it is

    def load_cert_chain(self, cert, key):
        self._context.load_cert_chain(cert, key)

    def wrap_socket(self, sock, *, server_side=False, do_handshake_on_connect=True, server_hostname=None):
        return self._context.wrap_socket(
            sock,
            server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            server_hostname=server_hostname,
        )
