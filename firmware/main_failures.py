"""What the network throws -> a Failure with its Inject code. In memory only while something is explained."""

import asyncio
import errno
import sys

from net.packets import LATE, MqttError
from net.stream import LookupFailed
from provisioning import errors
from provisioning.errors import Failure

_MEMORY = "out of memory"
_BROKEN_OFF = "the cloud could not be reached, or broke off"

# Why a broker says no in CONNACK; 4 and 5 are about the token.
_REFUSALS = (
    "it does not speak MQTT 3.1.1",
    "it does not take the client id",
    "it is out of service",
)

# Numbers of mbedTLS (ESP32). What it cannot allocate has a number in every one of its parts.
_LOST = (-0x7280, -0x7880, -0x6800)  # CONN_EOF, PEER_CLOSE_NOTIFY, TIMEOUT
_NO_ROOM = (-0x7F00, -0x2880, -0x3F80, -0x4D80, -0x5180, -0x6180)
_NO_TLS = (-0x7200, -0x7700)  # INVALID_RECORD, UNEXPECTED_MESSAGE
_LOW = 0x7F  # of a number of mbedTLS, what the module below said
_NO_NUMBERS = 0x10  # MPI_ALLOC_FAILED: no room for the arithmetic
_MBEDTLS = -256  # those between this and 0 are none of its own
# Numbers of axTLS (ESP8266), all above -600: those between -10 and -120 are the server's alerts.
_LOST_8266 = (-2, -3, -256)  # DEAD, CLOSE_NOTIFY, CONN_LOST
_NO_TLS_8266 = (-257, -261, -263)  # RECORD_OVERFLOW, INVALID_PROT_MSG, INVALID_VERSION


def explain(error):
    """The Failure that this exception is; what is no fault of network or server is raised again."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, MemoryError):
        return Failure(errors.CLOUD, _MEMORY)
    if isinstance(error, LookupFailed):
        return Failure(errors.DNS)
    if isinstance(error, MqttError):
        return _refused(error)
    if isinstance(error, asyncio.TimeoutError):
        return Failure(errors.CLOUD_TIMEOUT)
    if isinstance(error, ValueError):  # how MicroPython refuses a certificate, and a URL that is none
        return Failure(errors.TLS, "; ".join(str(error).strip().split("\n")))
    if isinstance(error, OSError):
        return _broken(error.errno, error.args)
    if isinstance(error, EOFError):
        return Failure(errors.CLOUD_TIMEOUT, _BROKEN_OFF)
    raise error


def _refused(error):
    code = error.code
    if code in (4, 5):
        return Failure(errors.BAD_TOKEN)
    if code == LATE:
        return Failure(errors.CLOUD_TIMEOUT, "the broker: " + error.args[0])
    why = _REFUSALS[code - 1] if 1 <= code <= 3 else "{} {}".format(error.args[0], code or "")
    return Failure(errors.CLOUD, "the broker: " + why.strip())


def _broken(number, args):
    """An OSError: positive of the socket, negative of TLS, where the port adds a text if it has one."""
    if sys.platform != "esp8266" and isinstance(number, int) and number < 0:
        if -number & _LOW == _NO_NUMBERS:
            number = errno.ENOMEM
        elif number > _MBEDTLS:  # until 1.27 TLS hands the socket's own on so
            number = -number
    if number == errno.ENOMEM or number in _NO_ROOM:
        return Failure(errors.CLOUD, _MEMORY)
    if not isinstance(number, int) or number > 0 or number in _LOST or number in _LOST_8266:
        return Failure(errors.CLOUD_TIMEOUT, _BROKEN_OFF)
    if number in _NO_TLS or number in _NO_TLS_8266:
        return Failure(errors.TLS, "the server does not speak TLS")
    reason = args[1] if len(args) > 1 else number
    return Failure(errors.TLS, "the TLS handshake failed: {}".format(reason))
