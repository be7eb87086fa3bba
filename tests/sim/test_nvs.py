"""`esp32.NVS` answers and refuses as the port does, and outlives power cuts and a new file system."""

from __future__ import annotations

import asyncio

import support

SETUP = """
    import esp32
    nvs = esp32.NVS("own")
    buffer = bytearray(8)
    def refusal(call, *args):
        try:
            return call(*args)
        except OSError as error:
            return error.args
"""


def test_answers(tmp_path):
    expressions = (
        "refusal(nvs.get_blob, 'none', buffer)",
        "nvs.set_blob('key', b'value')",
        "(nvs.get_blob('key', buffer), bytes(buffer[:5]))",
        "refusal(nvs.get_blob, 'key', bytearray(4))",
        "refusal(nvs.get_i32, 'key')",
        "nvs.set_i32('number', -5) or nvs.get_i32('number')",
        "refusal(esp32.NVS('other').get_i32, 'number')",
        "refusal(nvs.set_i32, 'k' * 16, 0)",
        "nvs.erase_key('key')",
        "refusal(nvs.get_blob, 'key', buffer)",
        "refusal(nvs.erase_key, 'key')",
        "nvs.commit()",
        "[refusal(nvs.set_blob, 'big%d' % number, bytes(3000)) for number in range(6)]",
        "nvs.get_i32('number')",
    )
    assert asyncio.run(support.answers(tmp_path, *expressions, setup=SETUP)) == [
        (-4354, "ESP_ERR_NVS_NOT_FOUND"),
        None,
        (5, b"value"),
        (-4364, "ESP_ERR_NVS_INVALID_LENGTH"),
        (-4354, "ESP_ERR_NVS_NOT_FOUND"),
        -5,
        (-4354, "ESP_ERR_NVS_NOT_FOUND"),
        (-4361, "ESP_ERR_NVS_KEY_TOO_LONG"),
        None,
        (-4354, "ESP_ERR_NVS_NOT_FOUND"),
        (-4354, "ESP_ERR_NVS_NOT_FOUND"),
        None,
        [None, None, None, None, *[(-4357, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")] * 2],
        -5,
    ]


def test_it_outlives_power_and_file_system(tmp_path):
    main = """
        import esp32
        nvs = esp32.NVS("own")
        try:
            count = nvs.get_i32("count")
        except OSError:
            count = 0
        nvs.set_i32("count", count + 1)
        for turn in range(100):
            nvs.set_blob("turn", bytes((turn,)) * 300)
        buffer = bytearray(300)
        print("boot", count, nvs.get_blob("turn", buffer), buffer[299])
        """

    async def scenario():
        async with support.running(tmp_path, main) as device:
            await device.wait("log", line="boot 0 300 99")
            await device.power_cut()
            await device.power_on()
            await device.wait("log", line="boot 1 300 99")
        (tmp_path / "device" / "flash.img").unlink()
        async with support.running(tmp_path, main) as device:
            await device.wait("log", line="boot 2 300 99")

    asyncio.run(scenario())


def test_what_was_replaced_stays_legible_until_its_page_is_needed(tmp_path):
    """As on a board: to let go of a secret takes more than erasing its key."""
    main = """
        import esp32
        nvs = esp32.NVS("own")
        nvs.set_blob("key", b"an old secret")
        nvs.erase_key("key")
        print("erased")"""
    more = """
        try:
            for number in range(1000):
                nvs.set_i32("key%d" % number, number)
        except OSError as error:
            print("full", error.errno)
        """

    async def scenario():
        for source, line, legible in ((main, "erased", True), (main + more, "full -4357", False)):
            async with support.running(tmp_path, source, world=support.world()) as device:
                await device.wait("log", line=line)
            assert (b"an old secret" in (tmp_path / "device" / "nvs.img").read_bytes()) is legible

    asyncio.run(scenario())


def test_an_esp8266_has_none(tmp_path):
    answer = asyncio.run(support.answers(tmp_path, "__import__('esp32')", board="esp8266_nodemcu"))
    assert "ImportError" in answer[0]
