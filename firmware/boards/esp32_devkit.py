"""DOIT ESP32 DevKit V1 and its many copies: blue LED on GPIO 2, BOOT button on GPIO 0 (both strapping
pins).
"""

CHIP = "esp32"
LED = "mono"
LED_PINS = (2,)
LED_INVERTED = False
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
