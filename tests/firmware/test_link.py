import asyncio

from cloud.link import Cloud, Link, Server


class FakeMqtt:
    """Stands for net.mqtt where only the link's own rules are looked at."""

    def __init__(self, on_message):
        self.receive = on_message
        self.sent = []
        self.lost = asyncio.Event()

    async def connect(self, host, port, user, password, keepalive_s, tls=None):
        self.login = (host, port, user, password)

    async def subscribe(self, topic):
        self.sent.append(("subscribe", topic))

    async def publish(self, topic, payload, qos=0):
        self.sent.append((topic, payload))

    async def run(self):
        await self.lost.wait()
        raise OSError(104)

    async def keep_alive(self):
        await self.lost.wait()

    async def close(self):
        self.sent.append("closed")


def make(server="mqtt://device@h:1883/devices/7"):
    cloud = Cloud()
    commands = []
    link = Link(FakeMqtt, Server(server), cloud, commands.append)
    return cloud, link, link._mqtt, commands


def test_servers():
    plain = Server("blynk.cloud")
    assert (plain.tls, plain.host, plain.port, plain.user, plain.prefix) == (
        True,
        "blynk.cloud",
        8883,
        "device",
        "",
    )
    full = Server("mqtt://user@broker.example:1884/devices/ID/")
    assert (full.tls, full.host, full.port, full.user, full.prefix) == (
        False,
        "broker.example",
        1884,
        "user",
        "devices/ID/",
    )
    assert Server("mqtt://h").port == 1883 and Server("mqtts://h").port == 8883
    for wrong in ("http://h", "mqtt://", "mqtt://h:port", ""):
        try:
            Server(wrong)
        except ValueError:
            continue
        raise AssertionError(wrong)


async def test_login_then_subscribe_then_info():
    _, link, mqtt, _ = make()
    await link.open("t" * 32, 45, {"tmpl": "TMPL1"})
    assert mqtt.login == ("h", 1883, "device", "t" * 32)
    assert mqtt.sent[0] == ("subscribe", "devices/7/downlink/#")
    assert mqtt.sent[1] == ("devices/7/info/mcu", '{"tmpl": "TMPL1"}')
    await link.close()


async def test_a_failing_announcement_is_the_opener_s():
    _, link, mqtt, _ = make()

    async def refuse(topic):
        raise ValueError("refused")

    mqtt.subscribe = refuse
    try:
        await link.open("t" * 32, 45, {})
        raise AssertionError("opened")
    except ValueError:
        pass
    await link.close()


async def test_downlinks_reach_the_application_and_its_mistakes_go_no_further():
    cloud, _, mqtt, commands = make()
    seen = []

    @cloud.on("Power")
    def power(value):
        seen.append(value)
        raise RuntimeError("mistake")

    mqtt.receive("devices/7/downlink/ds/Power", memoryview(b"1"), False)
    mqtt.receive("devices/7/downlink/ds/Unknown", memoryview(b"1"), False)
    mqtt.receive("devices/7/downlink/ds/Power", memoryview(b"\xff"), False)
    mqtt.receive("elsewhere/downlink/ds/Power", memoryview(b"1"), False)
    assert seen == ["1"] and commands == []
    mqtt.receive("devices/7/downlink/reconfigure", memoryview(b""), True)  # kept by the broker: not obeyed
    mqtt.receive("devices/7/downlink/reboot", memoryview(b""), False)
    assert commands == ["reboot"]


def test_clicks_reach_the_application():
    cloud = Cloud()
    cloud.clicked(1)  # nobody listens
    seen = []

    @cloud.on_click
    def click(count):
        seen.append(count)

    cloud.clicked(2)
    assert seen == [2] and click is cloud.clicked


async def test_uplinks_wait_while_offline_latest_value_each():
    cloud, link, mqtt, _ = make("mqtt://h")
    for value in (1, 2, 3):
        await cloud.write("Temperature", value)
    await cloud.write("Power", True)
    await cloud.event("lost")
    assert not cloud.online
    await link.open("t" * 32, 45, {})
    serving = asyncio.create_task(link.run())
    await asyncio.sleep_ms(20)
    assert cloud.online
    assert sorted(mqtt.sent[2:]) == [("ds/Power", "True"), ("ds/Temperature", "3")], mqtt.sent
    await cloud.event("overheat", "hot")
    assert mqtt.sent[-1] == ("event/overheat", "hot")
    await link.publish("ds/Long", "x" * 1024)
    assert mqtt.sent[-1] == ("event/overheat", "hot")
    mqtt.lost.set()
    try:
        await serving
        raise AssertionError("lost connection not told")
    except OSError:
        pass
    assert not cloud.online
    await link.close()
    assert mqtt.sent[-1] == "closed"


async def test_a_value_that_was_not_sent_waits_for_the_next_link():
    cloud, link, mqtt, _ = make("mqtt://h")
    await link.open("t" * 32, 45, {})

    async def fail(topic, payload, qos=0):
        raise OSError(104)

    mqtt.publish = fail
    await cloud.write("Temperature", 20)
    await cloud.write("Power", 1)
    try:
        await link.run()
        raise AssertionError("failed publish not told")
    except OSError:
        pass
    await cloud.event("overheat")  # no exception reaches the application
    await link.close()
    _, link, mqtt, _ = make("mqtt://h")
    link._cloud = cloud
    await link.open("t" * 32, 45, {})
    serving = asyncio.create_task(link.run())
    await asyncio.sleep_ms(20)
    assert sorted(mqtt.sent[2:]) == [("ds/Power", "1"), ("ds/Temperature", "20")], mqtt.sent
    serving.cancel()
    await link.close()
