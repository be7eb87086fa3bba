"""LilyGO T7-S3: LED on GPIO 17, BOOT button on GPIO 0 (strapping pin). GPIO 33 to 37 are the PSRAM's."""

CHIP = "esp32s3"
LED = "mono"
LED_PINS = (17,)
LED_INVERTED = False
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
