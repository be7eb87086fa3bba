"""Witty Cloud: RGB LED on GPIO 15 (strapping pin), 12, 13; button on GPIO 4."""

CHIP = "esp8266"
LED = "rgb"
LED_PINS = (15, 12, 13)
LED_INVERTED = False
BUTTON_PIN = 4
BUTTON_ACTIVE_LOW = True
