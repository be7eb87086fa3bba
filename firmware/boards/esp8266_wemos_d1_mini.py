"""Wemos D1 mini: LED on GPIO 2 (strapping pin), lit when low; a button of your own or the 1-Button
shield from GPIO 0 (strapping pin, D3) to ground.
"""

CHIP = "esp8266"
LED = "mono"
LED_PINS = (2,)
LED_INVERTED = True
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
