"""LilyGO TTGO T7 Mini32 V1.4: LED on GPIO 19; a button of your own from GPIO 0 (strapping pin) to
ground.

GPIO 16 and 17 are the PSRAM's.
"""

CHIP = "esp32"
LED = "mono"
LED_PINS = (19,)
LED_INVERTED = False
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
