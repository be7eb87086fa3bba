"""What differs between the chips (PORT-BEHAVIOUR 2, 4, 5)."""

# Record: 24 and 28 are refused, 20 is taken.
_ESP32_PINS = tuple(n for n in range(40) if n not in (24, 28, 29, 30, 31))
_S3_PINS = tuple(range(22)) + tuple(range(26, 49))
_S2_PINS = tuple(range(22)) + tuple(range(26, 47))
_C3_PINS = tuple(range(14)) + (18, 19, 20, 21)
_C5_PINS = tuple(range(13)) + tuple(range(23, 29))  # 13 and 14 are the serial USB's
_C6_PINS = tuple(range(12)) + tuple(range(14, 24))  # so are 12 and 13
_8266_PINS = (0, 1, 2, 3, 4, 5, 9, 10, 12, 13, 14, 15, 16)

# `pwm` is channels a group, groups, timers a group; `timers` counts those of machine.Timer.
CHIPS = {
    "esp32": {
        "platform": "esp32",
        "machine": "Generic ESP32 module with ESP32",
        "mpy": 0x2B06,
        "build": "ESP32_GENERIC",
        "pins": _ESP32_PINS,
        "input_only": tuple(range(34, 40)),
        "pwm": (8, 2, 4),
        "timers": 4,
        "hz": 160000000,
    },
    "esp32s2": {
        "platform": "esp32",
        "machine": "Generic ESP32S2 module with ESP32S2",
        "mpy": 0x2B06,
        "build": "ESP32_GENERIC_S2",
        "pins": _S2_PINS,
        "input_only": (46,),
        "pwm": (8, 1, 4),
        "timers": 4,
        "hz": 160000000,
    },
    "esp32s3": {
        "platform": "esp32",
        "machine": "Generic ESP32S3 module with ESP32-S3",
        "mpy": 0x2B06,
        "build": "ESP32_GENERIC_S3",
        "pins": _S3_PINS,
        "input_only": (),
        "pwm": (8, 1, 4),
        "timers": 4,
        "hz": 160000000,
    },
    "esp32c3": {
        "platform": "esp32",
        "machine": "ESP32C3 module with ESP32-C3",
        "mpy": 0x2F06,
        "build": "ESP32_GENERIC_C3",
        "pins": _C3_PINS,
        "input_only": (),
        "pwm": (6, 1, 4),
        "timers": 2,
        "hz": 160000000,
    },
    "esp32c5": {
        "platform": "esp32",
        "machine": "ESP32C5 module with ESP32-C5",
        "mpy": 0x2F06,
        "build": "ESP32_GENERIC_C5",
        "pins": _C5_PINS,
        "input_only": (),
        "pwm": (6, 1, 4),
        "timers": 2,
        "hz": 160000000,
    },
    "esp32c6": {
        "platform": "esp32",
        "machine": "ESP32C6 module with ESP32C6",
        "mpy": 0x2F06,
        "build": "ESP32_GENERIC_C6",
        "pins": _C6_PINS,
        "input_only": (),
        "pwm": (6, 1, 4),
        "timers": 2,
        "hz": 160000000,
    },
    "esp8266": {
        "platform": "esp8266",
        "machine": "ESP module with ESP8266",
        "mpy": 0x2706,
        "build": "ESP8266_GENERIC",
        "pins": _8266_PINS,
        "input_only": (),
        "pwm": None,
        "timers": 0,
        "hz": 80000000,
    },
}
