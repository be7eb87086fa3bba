import asyncio

from core import log
from link_rig import Rig, until


async def test_a_mistake_goes_no_further_than_an_event():
    token = "t0ken-" + "x" * 26
    log.hide(token)
    rig = Rig()
    seen = []

    @rig.cloud.on("Power")
    def power(value):
        seen.append(value)
        raise RuntimeError("with " + token)

    await rig.open()
    rig.down("ds/Power", b"1")
    rig.down("ds/Unknown", b"1")
    rig.down("ds/Power", b"\xff")
    rig.down("ds/Power", b"2")
    assert seen == ["1", "2"]
    await until(lambda: rig.sent)
    assert rig.sent == [("event/app_error", "RuntimeError: with ***")]
    assert rig.cloud.online
    await rig.lose()


async def test_an_async_handler_runs_beside_the_link_with_the_newest_value_next():
    rig = Rig()
    seen = []
    go_on = asyncio.Event()

    @rig.cloud.on("Power")
    async def power(value):
        await go_on.wait()
        seen.append(value)
        await rig.cloud.write("Power", value)

    @rig.cloud.on("Other")
    def other(value):
        seen.append(value)

    await rig.open()
    for value in (b"1", b"2", b"3"):
        rig.down("ds/Power", value)
    rig.down("ds/Other", b"at once")
    assert seen == ["at once"]
    go_on.set()
    await until(lambda: len(seen) == 3)
    assert seen[1:] == ["1", "3"]
    await until(lambda: rig.sent == [("ds/Power", "1"), ("ds/Power", "3")])
    assert rig.cloud._busy == {}
    await rig.lose()


async def test_an_async_handler_outlives_the_session():
    rig = Rig()
    seen = []
    go_on = asyncio.Event()

    @rig.cloud.on("Power")
    async def power(value):
        await go_on.wait()
        seen.append(value)

    await rig.open()
    rig.down("ds/Power", b"1")
    await rig.lose()
    again = Rig(cloud=rig.cloud)
    await again.open()
    again.down("ds/Power", b"2")
    go_on.set()
    await until(lambda: seen == ["1", "2"])
    await again.lose()


async def test_an_async_handler_s_mistake_shows_and_the_next_value_is_taken():
    rig = Rig()
    seen = []

    @rig.cloud.on_meta("Name")
    async def name(value):
        seen.append(value)
        await asyncio.sleep_ms(10)
        raise KeyError(value)

    await rig.open()
    rig.down("meta/Name", b"a")
    await asyncio.sleep_ms(5)
    rig.down("meta/Name", b"b")
    await until(lambda: rig.sent)
    assert seen == ["a", "b"] and rig.sent[0][1].startswith("KeyError: "), rig.sent
    await rig.lose()


async def test_hooks():
    rig = Rig()
    cloud = rig.cloud
    cloud.clicked(1)  # nobody listens
    cloud.state_changed("RUNNING")
    seen = []

    @cloud.on_click
    def click(count):
        seen.append(count)

    @cloud.on_state
    async def state(name):
        seen.append(name)

    @cloud.on_online
    def online(up):
        seen.append((up, cloud.online))
        raise OSError("in the hook")

    cloud.clicked(2)
    cloud.state_changed("RUNNING")
    await asyncio.sleep_ms(5)
    await rig.open()
    await rig.lose()
    assert seen == [2, "RUNNING", (True, True), (False, False)], seen
    click(3)  # a decorator gives the function back
    assert seen[-1] == 3


async def test_a_mistake_that_cannot_be_told_goes_no_further():
    rig = Rig()

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    @rig.cloud.on("Power")
    def power(value):
        raise Mute()

    await rig.open()
    rig.down("ds/Power", b"1")
    assert rig.cloud.online
    await rig.lose()
