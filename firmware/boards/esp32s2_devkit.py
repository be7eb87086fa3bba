"""ESP32-S2-DevKitM-1, Saola-1: WS2812 on GPIO 18, BOOT button on GPIO 0 (strapping pin)."""

CHIP = "esp32s2"
LED = "ws2812"
LED_PINS = (18,)
LED_INVERTED = False
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
