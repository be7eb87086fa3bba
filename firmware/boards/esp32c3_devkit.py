"""ESP32-C3-DevKitM-1: WS2812 on GPIO 8, BOOT button on GPIO 9 (both strapping pins)."""

CHIP = "esp32c3"
LED = "ws2812"
LED_PINS = (8,)
LED_INVERTED = False
BUTTON_PIN = 9
BUTTON_ACTIVE_LOW = True
