"""ESP32-C6-DevKitC-1 and DevKitM-1: WS2812 on GPIO 8, BOOT button on GPIO 9 (both strapping pins)."""

CHIP = "esp32c6"
LED = "ws2812"
LED_PINS = (8,)
LED_INVERTED = False
BUTTON_PIN = 9
BUTTON_ACTIVE_LOW = True
