"""The built-in authorities are those that browsers trust, and stay so for years."""

from __future__ import annotations

import datetime
import importlib.util

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from firstlight.board.build import SOURCE

NAMES = ("ISRG Root X1", "Amazon Root CA 1", "DigiCert Global Root G2")


def built_in() -> list[x509.Certificate]:
    spec = importlib.util.spec_from_file_location("roots", SOURCE / "cloud" / "roots.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [x509.load_der_x509_certificate(certificate) for certificate in module.ROOTS]


def name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of others in the same file
def test_they_are_those_of_certifi():
    with open(certifi.where(), "rb") as file:
        known = {one.fingerprint(hashes.SHA256()) for one in x509.load_pem_x509_certificates(file.read())}
    assert {one.fingerprint(hashes.SHA256()) for one in built_in()} <= known


def test_they_last_for_years():
    certificates = built_in()
    assert [name(certificate) for certificate in certificates] == list(NAMES)
    now = datetime.datetime.now(datetime.timezone.utc)
    for certificate in certificates:
        assert certificate.not_valid_after_utc - now > datetime.timedelta(days=5 * 365), name(certificate)
