"""Seeed XIAO ESP32C5: LED on GPIO 27, lit when low, BOOT button on GPIO 28 (both strapping pins)."""

CHIP = "esp32c5"
LED = "mono"
LED_PINS = (27,)
LED_INVERTED = True
BUTTON_PIN = 28
BUTTON_ACTIVE_LOW = True
