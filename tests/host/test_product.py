"""What product.py ships with: values that the app and the Blynk cloud rely on, and the promised times."""

from __future__ import annotations

from firstlight.bench.boards import literals, overrides
from firstlight.board.build import SOURCE, boards


def test_values_that_others_rely_on():
    product = literals(SOURCE / "product.py")
    assert (product["VENDOR"], product["TEMPLATE_NAME"]) == ("Blynk", "Device")
    assert str(product["TEMPLATE_ID"]).startswith("TMPL")
    assert product["BOARD"] in boards()
    assert product["CONFIG_WINDOW_S"] == 600
    assert (product["NET_TIMEOUT_S"], product["CLOUD_TIMEOUT_S"]) == (50, 50)
    assert (product["BUTTON_NOTICE_S"], product["BUTTON_ERASE_S"], product["BUTTON_CANCEL_S"]) == (3, 10, 20)
    assert product["KEEPALIVE_S"] == 45
    assert product["ERROR_S"] == 10
    assert 0 < product["LED_MIN_BRIGHTNESS"] < product["LED_BRIGHTNESS"] == 255
    assert product["PATTERNS"] == {} and product["INDICATE"] is None


def test_a_row_of_light_from_the_command_line():
    row = overrides(["PATTERNS={'RUNNING': (0x0000FF, -4000)}"])["PATTERNS"]
    assert row == {"RUNNING": (0x0000FF, -4000)}
