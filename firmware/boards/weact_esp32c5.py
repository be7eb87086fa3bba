"""WeAct ESP32-C5: WS2812 on GPIO 27, BOOT button on GPIO 28 (both strapping pins)."""

CHIP = "esp32c5"
LED = "ws2812"
LED_PINS = (27,)
LED_INVERTED = False
BUTTON_PIN = 28
BUTTON_ACTIVE_LOW = True
