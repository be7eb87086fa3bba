import asyncio

import micropython

from led.light import Light
from led.patterns import ROWS, pattern


class Lamp:
    def __init__(self):
        self.colour = self.light = -1
        self.shows = 0

    def show(self, colour, light):
        self.colour, self.light = colour, light
        self.shows += 1


class Counted(Light):
    """Counts how often its task has woken."""

    wakes = 0

    def step(self):
        self.wakes += 1
        return super().step()


async def test_the_first_step_is_immediate():
    """Erasing blocks: the white light has to be there before."""
    lamp = Lamp()
    light = Light(lamp, {})
    light.play("RESET_CONFIG")
    assert (lamp.colour, lamp.light) == (0xFFFFFF, 255)
    light.play("RUNNING")
    assert (lamp.colour, lamp.light) == (0x24C48E, 255)


async def test_blinks():
    lamp = Lamp()
    Light(lamp, {}).play("WAIT_CONFIG")
    await asyncio.sleep_ms(20)
    assert (lamp.colour, lamp.light) == (0x0000FF, 255)
    await asyncio.sleep_ms(70)
    assert lamp.light == 0


async def test_another_pattern_ends_the_first():
    lamp = Lamp()
    light = Light(lamp, {})
    light.play("OTA_UPGRADE")
    light.play("ERASED")
    shows = lamp.shows
    await asyncio.sleep_ms(150)
    assert lamp.shows == shows and (lamp.colour, lamp.light) == (0x0000FF, 255)


async def test_a_lamp_that_fails_is_tried_again():
    """On an ESP32 a WS2812 needs memory at each write; nobody who changes the pattern hears of it."""
    lamp = Lamp()
    light = Light(lamp, {})
    show = lamp.show

    def fail(colour, brightness):
        raise OSError(12)

    lamp.show = fail
    light.play("RUNNING")
    assert light.step() == 1000
    light.play(None)
    light.play("RUNNING")
    lamp.show = show
    light.step()
    assert (lamp.colour, lamp.light) == (0x24C48E, 255)


async def test_dark_ends_it_all():
    lamp = Lamp()
    light = Light(lamp, {})
    light.play("OTA_UPGRADE")
    light.play(None)
    assert lamp.light == 0
    shows = lamp.shows
    await asyncio.sleep_ms(150)
    assert lamp.shows == shows


async def test_rows_of_the_product():
    lamp = Lamp()
    light = Light(lamp, {"RUNNING": (0x010203,), "PARTY": (0xFF00FF, 10, 10)})
    light.play("RUNNING")
    assert (lamp.colour, lamp.light) == (0x010203, 255)
    light.play("PARTY")
    assert lamp.colour == 0xFF00FF
    light.play("ERASED")  # the others are still there
    assert lamp.colour == 0x0000FF and pattern("RUNNING") == (0x24C48E, -5000)


async def test_a_row_that_cannot_be_played_leaves_the_light_as_it_was():
    rows = {"ZERO": (0xFF0080, 0, 0), "WORD": (0xFF0080, "50"), "BARE": 0xFF0080}
    lamp = Lamp()
    light = Light(lamp, rows)
    light.play("OTA_UPGRADE")  # 50/50
    for name in ("ZERO", "WORD", "BARE", "UNKNOWN"):
        try:
            light.play(name)
            raise AssertionError(name)
        except (ZeroDivisionError, TypeError, KeyError):
            pass
        assert lamp.colour == 0xFF00FF
        shows = lamp.shows
        await asyncio.sleep_ms(120)
        assert lamp.shows > shows, name


async def test_brightness_has_a_most_and_a_least():
    lamp = Lamp()
    light = Light(lamp, {"WAVE": (0xFFFFFF, -200)}, most=100, least=25)
    seen = set()
    light.play("WAVE")
    assert lamp.light == 100
    for _ in range(60):
        await asyncio.sleep_ms(5)
        seen.add(lamp.light)
    assert min(seen) >= 25 and min(seen) < 40 and max(seen) > 85 and max(seen) <= 100
    light.play("WAIT_CONFIG")
    assert lamp.light == 100
    await asyncio.sleep_ms(80)
    assert lamp.light == 0  # a blink's dark is dark
    Light(lamp, {}, most=10, least=25).play("RUNNING")
    assert lamp.light == 10


async def test_wakes_only_when_something_changes():
    lamp = Lamp()
    light = Counted(lamp, {})
    light.play("ERASED")
    await asyncio.sleep_ms(1000)
    assert light.wakes == 1  # a still light: none after the first step
    light.wakes = 0
    light.play("CONFIGURING")
    await asyncio.sleep_ms(1100)
    assert 6 <= light.wakes <= 7  # at 0, 200, 400, 600, 800, 1000 ms
    light.wakes = lamp.shows = 0
    light.play("RUNNING")
    await asyncio.sleep_ms(3000)
    assert 20 < light.wakes <= 3 * 17
    assert lamp.shows < light.wakes  # near its darkest the light stays as it is, and the driver is left alone


async def test_a_step_allocates_nothing():
    light = Light(Lamp(), {})
    for row in ROWS.strip().split("\n"):
        light.play(row.split()[0])
        micropython.heap_lock()
        try:
            for _ in range(50):
                light.step()
        finally:
            micropython.heap_unlock()


async def test_blinks_while_a_tls_server_is_slow():
    """The handshake waits for the server in the loop; only its arithmetic stops the light."""
    import ssl

    from net.stream import connect

    heard = []

    async def silent(reader, writer):
        heard.append(await reader.read(1))
        await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 18348)
    lamp = Lamp()
    Light(lamp, {}).play("OTA_UPGRADE")  # 50/50
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_NONE
    stream = await connect("127.0.0.1", 18348, context)
    lamp.shows = 0
    try:
        stream.write(b"x")
        await asyncio.wait_for_ms(stream.drain(), 500)
        await asyncio.wait_for_ms(stream.read(1), 500)
    except asyncio.TimeoutError:
        pass
    finally:
        stream.close()
        server.close()
    assert heard == [b"\x16"] and lamp.shows >= 8  # a handshake had begun
