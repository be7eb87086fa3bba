import asyncio
import errno

import main_failures
from main_failures import explain
from net.fetch import FetchError
from net.mqtt import MqttError
from net.stream import LookupFailed
from provisioning import errors
from provisioning.errors import Failure

BROKEN_OFF = "the cloud could not be reached, or broke off"
NO_TLS = "the server does not speak TLS"
EXPIRED = "\nThe certificate validity has expired\n"
UNKNOWN = "\nThe certificate is not correctly signed by the trusted CA\n"

# exception -> code, detail
ROWS = (
    (LookupFailed(-2), errors.DNS, "the cloud's name was not found"),
    (LookupFailed(-202), errors.DNS, "the cloud's name was not found"),
    (asyncio.TimeoutError(), errors.CLOUD_TIMEOUT, "the cloud did not answer in time"),
    # Certificates.
    (ValueError(EXPIRED), errors.TLS, "The certificate validity has expired"),
    (
        ValueError(EXPIRED + UNKNOWN[1:]),
        errors.TLS,
        "The certificate validity has expired; The certificate is not correctly signed by the trusted CA",
    ),
    (ValueError(), errors.TLS, "the cloud's certificate was not accepted"),
    (ValueError("invalid cert"), errors.TLS, "invalid cert"),
    # mbedTLS, with the text that ports have from 1.28 on, and without.
    (OSError(-0x7200, "MBEDTLS_ERR_SSL_INVALID_RECORD"), errors.TLS, NO_TLS),
    (OSError(-0x7200), errors.TLS, NO_TLS),
    (OSError(-0x7700), errors.TLS, NO_TLS),
    (
        OSError(-0x7780, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE"),
        errors.TLS,
        "the TLS handshake failed: MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE",
    ),
    (OSError(-0x6E00), errors.TLS, "the TLS handshake failed: -28160"),
    (OSError(-0x7280, "MBEDTLS_ERR_SSL_CONN_EOF"), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(-0x7880), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(-0x7F00), errors.CLOUD, "out of memory"),
    (OSError(-0x2880), errors.CLOUD, "out of memory"),
    # Arithmetic that found no room, by itself and under what needed it.
    (OSError(-0x10), errors.CLOUD, "out of memory"),
    (
        OSError(-0x4290, "MBEDTLS_ERR_RSA_PUBLIC_FAILED+MBEDTLS_ERR_MPI_ALLOC_FAILED"),
        errors.CLOUD,
        "out of memory",
    ),
    # What ports up to 1.27 hand on of the socket below.
    (OSError(-errno.ECONNRESET), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(-errno.ENOMEM), errors.CLOUD, "out of memory"),
)
ON_ESP8266 = (
    # axTLS.
    (OSError(-256, "CONN_LOST"), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(-2, "DEAD"), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(-261, "INVALID_PROT_MSG"), errors.TLS, NO_TLS),
    (OSError(-263, "INVALID_VERSION"), errors.TLS, NO_TLS),
    (OSError(-266, "NO_CIPHER"), errors.TLS, "the TLS handshake failed: NO_CIPHER"),
    (OSError(-16), errors.TLS, "the TLS handshake failed: -16"),  # the server's alerts
    (OSError(-104), errors.TLS, "the TLS handshake failed: -104"),
)
EVERYWHERE = (
    # Sockets.
    (OSError(errno.ECONNRESET), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(errno.ECONNREFUSED), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(errno.EHOSTUNREACH), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(errno.ETIMEDOUT), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError("Wifi Not Connected"), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (EOFError(), errors.CLOUD_TIMEOUT, BROKEN_OFF),
    (OSError(errno.ENOMEM), errors.CLOUD, "out of memory"),
    (MemoryError(), errors.CLOUD, "out of memory"),
    # The broker.
    (MqttError("refused", 1), errors.CLOUD, "the broker: it does not speak MQTT 3.1.1"),
    (MqttError("refused", 2), errors.CLOUD, "the broker: it does not take the client id"),
    (MqttError("refused", 3), errors.CLOUD, "the broker: it is out of service"),
    (MqttError("refused", 4), errors.BAD_TOKEN, "the cloud does not know this token"),
    (MqttError("refused", 5), errors.BAD_TOKEN, "the cloud does not know this token"),
    (MqttError("refused", 77), errors.CLOUD, "the broker: refused 77"),
    (MqttError("subscription refused", 0x80), errors.CLOUD, "the broker: subscription refused 128"),
    (MqttError("no PINGRESP in time", -1), errors.CLOUD_TIMEOUT, "the broker: no PINGRESP in time"),
    (MqttError("no CONNACK"), errors.CLOUD, "the broker: no CONNACK"),
)


def compare(rows):
    for error, code, detail in rows:
        failure = explain(error)
        assert isinstance(failure, Failure)
        assert (failure.code, failure.detail) == (code, detail), (repr(error), failure.code, failure.detail)


def test_row_by_row():
    compare(ROWS)
    compare(EVERYWHERE)


class Sys:
    platform = "esp8266"


def test_on_an_esp8266():
    main_failures.sys, own = Sys, main_failures.sys
    try:
        compare(ON_ESP8266)
        compare(EVERYWHERE)
    finally:
        main_failures.sys = own


def test_what_is_explained_already_stays():
    failure = Failure(errors.CONFIG, "x")
    assert explain(failure) is failure


def test_a_mistake_of_ours_is_not_the_network_s():
    for error in (TypeError("x"), KeyError("x"), FetchError(500), asyncio.CancelledError()):
        try:
            explain(error)
        except BaseException as e:
            assert e is error
            continue
        raise AssertionError(repr(error))
