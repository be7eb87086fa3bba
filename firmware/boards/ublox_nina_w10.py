"""u-blox NINA-W10: RGB LED on GPIO 27, 25, 26, lit when low; a button of your own from GPIO 0 (strapping
pin) to ground.
"""

CHIP = "esp32"
LED = "rgb"
LED_PINS = (27, 25, 26)
LED_INVERTED = True
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
