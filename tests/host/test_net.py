"""Addresses as users write them."""

from __future__ import annotations

import pytest

from firstlight.errors import UserError
from firstlight.net import host


@pytest.mark.parametrize(
    "text",
    ["localhost", "cloud.example", "my_pc-2.local", "192.168.1.20", "fe80::1", "[2001:db8::1]", "x" * 63],
)
def test_a_hosts_name_or_address(text):
    assert host(text, "--public-host") == text


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        "",
        "a/b",
        "a:1883",
        "mqtt://a",
        "user@a",
        "a..b",
        "-a",
        "a-",
        "ä",
        "a\n",
        "[::1",
        "x" * 64,
        "x.y" * 90,
    ],
)
def test_what_is_neither_is_refused(text):
    with pytest.raises(UserError, match=r"^--public-host: ") as refusal:
        host(text, "--public-host")
    assert str(refusal.value).endswith("is neither a host's name nor an address, for example cloud.example")
