"""ESP32-S3-DevKitC-1 v1.0: WS2812 on GPIO 48 (v1.1: 38), BOOT button on GPIO 0 (strapping pin)."""

CHIP = "esp32s3"
LED = "ws2812"
LED_PINS = (48,)
LED_INVERTED = False
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
