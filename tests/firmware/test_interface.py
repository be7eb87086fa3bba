import asyncio
import json
from time import ticks_diff, ticks_ms

from cloud.interface import Cloud
from link_rig import PLAIN, Rig, until


async def test_uplinks_wait_while_offline_latest_value_each():
    rig = Rig()
    cloud = rig.cloud
    for value in (1, 2, 3):
        await cloud.write("Temperature", value)
    await cloud.write("Power", True)
    await cloud.write("Points", [1, 2.5, False])
    await cloud.write_meta("Serial", "A7")
    assert not await cloud.event("lost") and not await cloud.sync() and await cloud.utc() is None
    assert not await cloud.write_batch({"Power": False, "Humidity": 40})
    assert not cloud.online

    @cloud.on_online
    async def online(up):
        assert not up or await cloud.sync("Power")

    await rig.open()
    await until(lambda: len(rig.sent) == 6)
    assert cloud.online
    assert rig.sent == [
        ("ds/Temperature", "3"),
        ("ds/Points", "1\x002.5\x000"),
        ("meta/Serial", "A7"),
        ("ds/Power", "0"),
        ("ds/Humidity", "40"),
        ("get/ds", "Power"),  # or the server's old value would come back
    ], rig.sent
    await rig.lose()
    assert not cloud.online


async def test_a_product_may_drop_what_is_written_offline():
    rig = Rig(keep=False)
    await rig.cloud.write("Temperature", 1)
    await rig.open()
    await rig.cloud.write("Temperature", 2)
    await until(lambda: rig.sent == [("ds/Temperature", "2")])
    rig.mqtt.open.clear()
    await rig.cloud.write("Temperature", 3)
    await rig.cloud.write("Power", 1)
    await rig.lose()
    again = Rig(cloud=rig.cloud)
    await again.open()
    await asyncio.sleep_ms(50)
    assert again.sent == []
    await again.lose()


async def test_what_is_kept_offline_is_bounded():
    rig = Rig()
    for number in range(100):
        await rig.cloud.write("n{}".format(number), number)
    await rig.cloud.write("n0", "new")
    assert len(rig.cloud._values) == 32
    await rig.open()
    await until(lambda: len(rig.sent) == 32)
    assert rig.sent[0] == ("ds/n0", "new") and rig.sent[31] == ("ds/n31", "31")
    await asyncio.sleep_ms(30)
    assert len(rig.sent) == 32
    await rig.lose()


async def test_an_application_that_never_stops_writing_gets_online():
    rig = Rig()

    async def chatter():
        number = 0
        while True:
            number += 1
            await rig.cloud.write("n{}".format(number % 40), number)
            await asyncio.sleep_ms(1)

    task = asyncio.create_task(chatter())
    await asyncio.sleep_ms(100)
    await rig.open()
    await until(lambda: rig.cloud.online, 1500)
    task.cancel()
    await rig.lose()


async def test_online_a_series_is_sent_whole_and_in_order():
    rig = Rig()
    await rig.open()
    for number in range(10):
        await rig.cloud.write("n", number)
    await until(lambda: len(rig.sent) == 10)
    assert rig.sent == [("ds/n", str(number)) for number in range(10)]
    await rig.lose()


async def test_nobody_starves_and_nobody_is_faster_than_fifty_a_second():
    rig = Rig()
    await rig.open()

    async def chatter(name):
        while True:
            await rig.cloud.write(name, 1)

    async def requests():
        while True:
            await rig.cloud.sync("a")

    tasks = [asyncio.create_task(chatter("n{}".format(number))) for number in range(3)]
    tasks.append(asyncio.create_task(requests()))
    began = ticks_ms()
    await asyncio.sleep_ms(800)
    lasted = ticks_diff(ticks_ms(), began)
    for task in tasks:
        task.cancel()
    counts = {}
    for topic, _ in rig.sent:
        counts[topic] = counts.get(topic, 0) + 1
    assert set(counts) == {"ds/n0", "ds/n1", "ds/n2", "get/ds"}, counts
    assert len(rig.sent) <= lasted // 20 + 2, (len(rig.sent), lasted)
    assert min(counts.values()) * 3 > counts["ds/n0"], counts
    await rig.lose()


async def test_a_value_that_was_not_sent_waits_for_the_next_link():
    rig = Rig(PLAIN)
    await rig.open()
    rig.mqtt.failure = OSError(104)
    await rig.cloud.write("Temperature", 20)
    await rig.cloud.write("Power", 1)
    await rig.serving
    await rig.link.close()
    again = Rig(cloud=rig.cloud)
    await again.open()
    await until(lambda: len(again.sent) == 2)
    assert sorted(again.sent) == [("ds/Power", "1"), ("ds/Temperature", "20")]
    await again.lose()


async def test_a_newer_value_is_not_overtaken_by_one_that_was_not_sent():
    rig = Rig(PLAIN)
    await rig.open()
    rig.mqtt.open.clear()
    await rig.cloud.write("Temperature", 20)
    await asyncio.sleep_ms(10)  # it is on its way
    await rig.cloud.write("Temperature", 21)
    await rig.lose()
    assert dict(rig.cloud._values) == {"ds/Temperature": "21"}


async def test_a_batch_is_one_message():
    rig = Rig()
    await rig.open()
    rig.mqtt.open.clear()
    await rig.cloud.write("Other", 0)  # holds up what follows
    await asyncio.sleep_ms(10)
    await rig.cloud.write("Power", False)  # older than the batch: must not come after it
    batch = asyncio.create_task(
        rig.cloud.write_batch({"Power": True, "Temperature": 20.5, "Name": "K\xfcche", "Points": (1, 2)})
    )
    await asyncio.sleep_ms(10)
    rig.mqtt.open.set()
    assert await batch is True
    await asyncio.sleep_ms(50)
    assert [topic for topic, _ in rig.sent] == ["ds/Other", "batch_ds"]
    assert json.loads(rig.sent[1][1]) == {
        "Power": 1,
        "Temperature": 20.5,
        "Name": "K\xfcche",
        "Points": "1\x002",
    }
    assert '"Power": 1' in rig.sent[1][1]
    await rig.lose()


async def test_a_batch_over_the_limit_goes_one_by_one():
    rig = Rig()
    await rig.open()
    assert not await rig.cloud.write_batch({"a": "x" * 600, "b": "y" * 600})
    await until(lambda: len(rig.sent) == 2)
    assert sorted([topic for topic, _ in rig.sent]) == ["ds/a", "ds/b"]
    await rig.lose()


async def test_a_batch_that_was_cut_off_is_kept():
    rig = Rig()
    await rig.open()
    rig.mqtt.open.clear()
    batch = asyncio.create_task(rig.cloud.write_batch({"a": 1, "b": True}))
    await asyncio.sleep_ms(10)
    await rig.cloud.write("b", 7)
    await rig.lose()
    assert await batch is False
    assert dict(rig.cloud._values) == {"ds/a": "1", "ds/b": "7"}


async def test_events_keep_a_second_between_them_and_too_many_are_lost():
    rig = Rig()
    await rig.open()
    results = []

    async def log_event(number):
        results.append((number, await rig.cloud.event("e", number)))

    tasks = [asyncio.create_task(log_event(number)) for number in range(12)]
    await asyncio.sleep_ms(300)
    assert rig.sent == [("event/e", "0")]
    assert sorted(results) == [(0, True), (9, False), (10, False), (11, False)]
    await rig.cloud.write("a", 1)  # does not wait for them
    await until(lambda: len(rig.sent) == 2, 200)
    await until(lambda: len(rig.sent) == 3, 1500)
    assert rig.sent[2] == ("event/e", "1")
    await rig.lose()
    await tasks[2]
    assert (2, False) in results  # came to its turn after the link was lost


async def test_an_event_days_after_the_last_one_is_sent_at_once():
    rig = Rig()
    await rig.open()

    class Wrapped:
        def left(self):
            return 1 << 28

    rig.cloud._event_gap = Wrapped()
    assert await asyncio.wait_for(rig.cloud.event("e"), 0.5)
    await rig.lose()


async def test_a_cancelled_caller_cuts_no_message_in_two():
    rig = Rig()
    await rig.open()
    rig.mqtt.open.clear()
    try:
        await asyncio.wait_for(rig.cloud.event("e"), 0.05)
        raise AssertionError("sent")
    except asyncio.TimeoutError:
        pass
    rig.mqtt.open.set()
    await until(lambda: rig.sent == [("event/e", "")])
    assert rig.cloud.online
    await rig.lose()


async def test_requests():
    rig = Rig()
    await rig.open()
    assert await rig.cloud.sync("Power", "Set Temperature") and await rig.cloud.sync()
    assert await rig.cloud.sync_meta("Serial", "Name")
    assert rig.sent == [
        ("get/ds", "Power,Set Temperature"),
        ("get/ds/all", ""),
        ("get/meta", "Serial,Name"),
    ]
    await rig.lose()


async def test_the_server_s_time():
    rig = Rig()
    await rig.open()
    rig.down("utc/all/json", b'{"time": 1}')  # nobody has asked
    assert await rig.cloud.utc(50) is None
    answers = [b'{"time": 1800000000123, "tz_offset": 60}', b"no JSON", b"[1]", b'"text"', b""]
    told = []
    for answer in answers:
        asking = asyncio.create_task(rig.cloud.utc(1000))
        rig.mqtt.sent.clear()
        await until(lambda: rig.sent == [("get/utc/all/json", "")])
        rig.down("utc/all/json", answer)
        told.append(await asking)
    assert told == [{"time": 1800000000123, "tz_offset": 60}, None, None, None, None]
    await rig.lose()


async def test_what_waits_is_released_when_the_link_is_lost():
    rig = Rig()
    await rig.open()
    rig.mqtt.open.clear()
    waiting = [asyncio.create_task(rig.cloud.sync("a")) for _ in range(20)]
    await asyncio.sleep_ms(50)
    assert len(rig.cloud._messages) == 8
    await rig.lose()
    for task in waiting:
        assert await task is False
    assert rig.cloud._messages == []


async def test_an_exception_shows_as_an_event_when_online():
    cloud = Cloud(error_code="oops")
    rig = Rig(cloud=cloud)
    cloud.failed(ValueError("one"))  # offline: told as soon as there is somebody to tell
    await asyncio.sleep_ms(5)
    await rig.open()
    await until(lambda: rig.sent == [("event/oops", "ValueError: one")])
    for number in range(5):
        cloud.failed(RuntimeError(str(number) + "x" * 300))
    await asyncio.sleep_ms(300)
    assert len(rig.sent) == 1
    await until(lambda: len(rig.sent) == 3, 2500)
    assert [text[:15] for _, text in rig.sent[1:]] == ["RuntimeError: 0", "RuntimeError: 4"]
    assert [len(text) for _, text in rig.sent[1:]] == [200, 200]
    await rig.lose()
