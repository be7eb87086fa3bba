"""NodeMCU: LED of the module on GPIO 2, lit when low, FLASH button on GPIO 0 (both strapping pins)."""

CHIP = "esp8266"
LED = "mono"
LED_PINS = (2,)
LED_INVERTED = True
BUTTON_PIN = 0
BUTTON_ACTIVE_LOW = True
