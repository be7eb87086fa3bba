"""ESP-WROVER-KIT: RGB LED on GPIO 0, 2 (strapping pins) and 4; a button of your own from GPIO 15
(strapping pin) to ground.

Its BOOT button shares GPIO 0 with the red lamp. GPIO 16 and 17 are the PSRAM's.
"""

CHIP = "esp32"
LED = "rgb"
LED_PINS = (0, 2, 4)
LED_INVERTED = False
BUTTON_PIN = 15
BUTTON_ACTIVE_LOW = True
