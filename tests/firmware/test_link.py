import asyncio
import builtins

from core import log
from link_rig import PLAIN, PREFIXED, Rig, until


class Lines:
    """Collects what is printed meanwhile."""

    def __enter__(self):
        self.text = ""
        self._print = builtins.print
        builtins.print = self._take
        return self

    def _take(self, *words):
        self.text += " ".join([str(word) for word in words]) + "\n"

    def __exit__(self, *_):
        builtins.print = self._print


async def test_login_then_subscribe_then_info():
    for server, prefix in ((PREFIXED, "devices/7/"), (PLAIN, "")):
        rig = Rig(server)
        await rig.link.open("t" * 32, 45, {"tmpl": "TMPL1"}, client_id="me")
        assert rig.mqtt.login == ("h", 1883, "device", "t" * 32, {"client_id": "me"})
        assert rig.mqtt.sent == [
            ("subscribe", prefix + "downlink/#", 1),
            (prefix + "info/mcu", '{"tmpl": "TMPL1"}', 1),
        ]
        assert not rig.cloud.online
        await rig.link.close()


async def test_a_will_is_put_into_the_branch():
    for server, topic in ((PREFIXED, "devices/7/event/gone"), (PLAIN, "event/gone")):
        rig = Rig(server)
        await rig.link.open("t" * 32, 45, {}, will=("event/gone", "bye"))
        assert rig.mqtt.login[4] == {"will": (topic, "bye")}
        await rig.link.close()


async def test_a_failing_announcement_is_the_opener_s():
    rig = Rig()

    async def refuse(topic, qos):
        raise ValueError("refused")

    rig.mqtt.subscribe = refuse
    try:
        await rig.link.open("t" * 32, 45, {})
        raise AssertionError("opened")
    except ValueError:
        pass
    await rig.link.close()


async def test_the_same_messages_with_and_without_a_prefix():
    for server, prefix in ((PREFIXED, "devices/7/"), (PLAIN, "")):
        rig = Rig(server)
        seen = []
        rig.cloud.on("Set Temperature")(seen.append)
        rig.cloud.on_meta("Name")(seen.append)
        await rig.open()
        receive = rig.mqtt.receive
        receive(prefix + "downlink/ds/Set Temperature", memoryview(b"21.5"), False)
        receive(prefix + "downlink/meta/Name", memoryview(b"K\xc3\xbcche"), True)
        receive("elsewhere/" + prefix + "downlink/ds/Set Temperature", memoryview(b"1"), False)
        receive(prefix + "downlink/redirect", memoryview(b"mqtt://other"), False)
        assert seen == ["21.5", "Küche"] and rig.commands == [("redirect", "mqtt://other")]
        await rig.cloud.write("Temperature", 20.5)
        assert await rig.cloud.event("hot", "very")
        await asyncio.sleep_ms(50)
        assert sorted(rig.mqtt.sent) == [
            (prefix + "ds/Temperature", "20.5", 0),
            (prefix + "event/hot", "very", 1),
        ]
        await rig.lose()


def test_commands_are_obeyed_unless_a_broker_keeps_them():
    rig = Rig()
    for path in ("reboot", "reconfigure", "redirect"):
        rig.down(path, b"mqtt://other", retained=True)
    for path in ("ping", "diag", "ota/json", "ds", "ds/", "meta", "nonsense", "reboot/now", "", "loc/all"):
        rig.down(path)
    assert rig.commands == []
    rig.down("reboot")
    rig.down("reconfigure")
    rig.down("redirect", b"mqtts://ny3.blynk.cloud:8883")
    assert rig.commands == [
        ("reboot", ""),
        ("reconfigure", ""),
        ("redirect", "mqtts://ny3.blynk.cloud:8883"),
    ]


def test_what_is_not_understood_is_logged_in_bounds_and_without_secrets():
    token = "t0ken-" + "x" * 26
    log.hide(token)
    rig = Rig()
    with Lines() as lines:
        rig.down("diag", b"a line\nand " + token.encode() + b" " + b"y" * 900)
        rig.down("ota/json", b"{}")
        rig.down("ds/" + "n" * 900, b"\xff")
        rig.down("ping")
        rig.mqtt.receive("somewhere/" + "e" * 900, memoryview(b""), False)
    said = lines.text.split("\n")[:-1]
    assert len(said) == 4 and token not in lines.text, said
    assert "a line\\nand *** yyy" in said[0] and "not understood: ota/json" in said[1], said
    assert "is not text" in said[2] and "outside our branch" in said[3], said
    assert max([len(line) for line in said]) < 300


async def test_a_message_that_no_broker_takes_is_skipped_with_one_line():
    rig = Rig()
    await rig.open()
    room = 1024 - 4 - len("devices/7/ds/Long")
    for name, value in (
        ("Long", "x" * (room + 1)),
        ("Long", "\xe4" * (room // 2 + 1)),
        ("a/#", "1"),
        ("+", "1"),
    ):
        with Lines() as lines:
            await rig.cloud.write(name, value)
            await asyncio.sleep_ms(50)
        assert lines.text.count("is not sent") == lines.text.count("\n") == 1, lines.text
    assert rig.sent == []
    await rig.cloud.write("Long", "x" * room)
    await until(lambda: rig.sent)
    assert rig.cloud.online
    await rig.lose()


async def test_the_token_is_in_no_line():
    with Lines() as lines:
        rig = Rig()
        await rig.open()
        rig.mqtt.failure = OSError(104)
        await rig.cloud.write("a", 1)
        await rig.serving
        await rig.link.close()
    assert "t" * 32 not in lines.text
