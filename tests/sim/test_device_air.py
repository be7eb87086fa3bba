"""The radio world around a device: joining, losing, and what the internet does to its connections."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

import support
from support import HOME, world

WATCH = """
    import network, time
    sta = network.WLAN(network.STA_IF)
    sta.active(True)
    sta.config(reconnects={reconnects})
    sta.connect("Home", "correct horse")
    last = None
    while True:
        status = sta.status()
        if status != last:
            print("status", status)
            last = status
        time.sleep_ms(2)
"""

# Sends a line to port PORT of a host when the button is pressed, and prints what comes back.
TALK = """
    import asyncio, machine, network, socket, time
    from machine import Pin
    flag = asyncio.ThreadSafeFlag()
    Pin(0, Pin.IN, Pin.PULL_UP).irq(lambda pin: flag.set(), Pin.IRQ_FALLING)
    sta = network.WLAN(network.STA_IF)
    sta.active(True)
    sta.connect("Home", "correct horse")

    async def main():
        while not sta.isconnected():
            await asyncio.sleep_ms(5)
        print("online")
        stream = None
        number = 0
        while True:
            await flag.wait()
            try:
                if not stream:
                    stream = asyncio.StreamReader(connect("cloud.example", {port}))
                stream.write("{{}}\\n".format(number).encode())
                number += 1
                await stream.drain()
                print("answer", await asyncio.wait_for_ms(stream.readline(), 300))
            except asyncio.TimeoutError:
                print("silence")
            except OSError as error:
                print("error", error.errno)
                stream = None

    def connect(host, port):
        sock = socket.socket()
        sock.connect(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1])
        sock.setblocking(False)
        return sock

    asyncio.run(main())
"""


class Echo:
    """A server that answers each line, and notes what becomes of its connections."""

    def __init__(self):
        self.lines = []
        self.ends = asyncio.Queue()

    async def accepted(self, reader, writer):
        try:
            while line := await reader.readline():
                self.lines.append(line)
                writer.write(b"you said " + line)
            await self.ends.put("closed")
        except ConnectionResetError:
            await self.ends.put("reset")
        finally:
            writer.close()


@asynccontextmanager
async def talking(tmp_path, **options):
    """An online device, and the server that it talks to when the button is pressed."""
    echo = Echo()
    server = await asyncio.start_server(echo.accepted, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with support.running(tmp_path, TALK.format(port=port), **options) as device:
            await device.wait("log", line="online")
            yield device, echo, server
    finally:
        server.close()


async def click(device):
    device.press()
    await asyncio.sleep(0.01)
    device.release()


def test_an_access_point_appears_vanishes_and_changes_its_password(tmp_path):
    """By editing the file that the device was started with."""
    file = tmp_path / "world.toml"
    timing = f"[timing]\nscale = {support.SCALE}\n"
    home = '[[access_point]]\nssid = "Home"\npassword = "correct horse"\n'
    file.write_text(timing)

    async def scenario():
        async with support.running(tmp_path, WATCH.format(reconnects=-1), world=file) as device:
            await device.wait("log", line="status 201")
            file.write_text(timing + home)
            await device.wait("log", line="status 1010")
            file.write_text(timing + home.replace("correct", "another"))
            await device.wait("log", line="status 1001")  # reason 2, then 15 for ever
            file.write_text(timing + "[[access_point]]\nssid = 5\n")
            error = f"bench: {file}: access_point 1: ssid = 5 is not 1 to 32 bytes; the world stays as it was"
            await device.wait("log", line=error)
            file.write_text(timing + home)
            await device.wait("log", line="status 1010")
            file.write_text(timing)
            await device.wait("log", line="status 201")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("board", "reconnects", "point", "statuses"),
    [
        ("esp32_devkit", 0, replace(HOME, password="other horse"), ["1001", "15"]),
        ("esp32_devkit", 0, replace(HOME, security="OPEN", password=""), ["1001", "210"]),
        ("esp32_devkit", 0, replace(HOME, ssid=b"Elsewhere"), ["1001", "201"]),
        ("esp32_devkit", -1, replace(HOME, dhcp=False), ["1001"]),
        ("esp32_devkit", 0, replace(HOME, refuses=203), ["1001", "203"]),
        ("esp32_devkit", 0, replace(HOME, refuses=5, password="other horse"), ["1001", "5"]),
        ("esp32_devkit", -1, replace(HOME, refuses=203), ["1001"]),
    ],
)
def test_why_a_join_fails(tmp_path, board, reconnects, point, statuses):
    async def scenario():
        options = {"board": board, "world": world(point)}
        async with support.running(tmp_path, WATCH.format(reconnects=reconnects), **options) as device:
            await device.wait("log", line=f"status {statuses[-1]}")
            await asyncio.sleep(0.2)
            assert [line.split()[1] for line in support.log(device)] == statuses

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("point", "status"),
    [
        (HOME, 5),
        (replace(HOME, password="other horse"), 2),
        (replace(HOME, ssid=b"Elsewhere"), 3),
        (replace(HOME, dhcp=False), 1),
        (replace(HOME, refuses=203), 4),
    ],
)
def test_an_esp8266_says_it_with_other_numbers_and_remembers(tmp_path, point, status):
    """Its SDK joins by itself after a power cut, and its own access point is on at first."""
    main = """
        import network, time
        sta, ap = network.WLAN(network.STA_IF), network.WLAN(network.AP_IF)
        print("at boot", sta.active(), ap.active(), sta.config("ssid"))
        ap.active(False)
        if not sta.active():
            sta.active(True)
            sta.connect("Home", "correct horse")
        while sta.status() != {status}:
            time.sleep_ms(2)
        time.sleep_ms(100)
        print("status", sta.status(), sta.status("rssi"))
        """.replace("{status}", str(status))

    async def scenario():
        async with support.running(tmp_path, main, board="esp8266_nodemcu", world=world(point)) as device:
            await device.wait("log", line="at boot False True ")
            seen = f"status {status} {-40 if status in (1, 5) else 31}"
            await device.wait("log", line=seen)
            await device.power_cut()
            await device.power_on()
            await device.wait("log", line="at boot True False Home")
            await device.wait("log", line=seen)

    asyncio.run(scenario())


def test_names_and_addresses_need_a_network(tmp_path):
    """What the port's look-up answers without an association, and without internet behind it."""
    lookups = ("socket.getaddrinfo('cloud.example', 80)", "socket.getaddrinfo('10.1.2.3', 80)")
    setup = """
        import socket
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        if {join}:
            sta.connect("Home", "correct horse")
            while not sta.isconnected():
                pass
        """

    async def scenario():
        offline = await support.answers(tmp_path, *lookups, setup=setup.format(join=False))
        no_internet = {"world": world(replace(HOME, internet=False))}
        joined = await support.answers(tmp_path, *lookups, setup=setup.format(join=True), **no_internet)
        (tmp_path / "other").mkdir()
        other = await support.answers(
            tmp_path / "other", lookups[0], setup="import socket", board="esp8266_nodemcu", world=world()
        )
        return offline, joined, other

    offline, joined, other = asyncio.run(scenario())
    unreachable = f"OSError({support.EHOSTUNREACH},)"
    assert offline == joined == ["OSError(-202,)", unreachable]
    assert other == ["OSError(-2,)"]


def test_connections_stall_while_the_access_point_is_away(tmp_path):
    """Bytes wait, nothing is reset, and all arrives when it is back before the beacon timeout."""

    async def scenario():
        async with talking(tmp_path, world=world(HOME, scale=0.3)) as (device, echo, _):
            await click(device)
            await device.wait("log", line="answer b'you said 0\\n'")
            device.world = world(scale=0.3)
            await click(device)
            await device.wait("log", line="silence")
            assert echo.lines == [b"0\n"]
            device.world = world(HOME, scale=0.3)
            await click(device)
            await device.wait("log", line="answer b'you said 1\\n'")
            assert echo.lines == [b"0\n", b"1\n", b"2\n"]
            assert echo.ends.empty()

    asyncio.run(scenario())


def test_without_internet_old_connections_stall_and_new_ones_fail(tmp_path):
    async def scenario():
        async with talking(tmp_path) as (device, _, _):
            device.world = world(replace(HOME, internet=False))
            await click(device)
            await device.wait("log", line="error -202")
            device.world = world(HOME)
            await click(device)
            await device.wait("log", line="answer b'you said 0\\n'")
            device.world = world(replace(HOME, internet=False))
            await click(device)
            await device.wait("log", line="silence")
            device.world = world(HOME)
            await click(device)
            await device.wait("log", line="answer b'you said 1\\n'")

    asyncio.run(scenario())


def test_a_power_cut_breaks_connections_off(tmp_path):
    """The server sees a reset, not an orderly end; so it does when the device resets itself."""

    async def scenario():
        async with talking(tmp_path) as (device, echo, _):
            await click(device)
            await device.wait("log", line="answer b'you said 0\\n'")
            await device.power_cut()
            assert await asyncio.wait_for(echo.ends.get(), 2) == "reset"
            await device.power_on()
            await device.wait("log", line="online")
            await click(device)
            await device.wait("log", line="answer b'you said 0\\n'")
            await device.reset()
            assert await asyncio.wait_for(echo.ends.get(), 2) == "reset"

    asyncio.run(scenario())


def test_a_refused_connection_is_reset(tmp_path):
    async def scenario():
        async with talking(tmp_path) as (device, _, server):
            server.close()
            await server.wait_closed()
            await click(device)
            await device.wait("log", line=f"error {support.ECONNRESET}")

    asyncio.run(scenario())


PORTAL = """
    import asyncio, network, socket
    ap = network.WLAN(network.AP_IF)
    ap.active(True)
    ap.config(ssid="Product", security=0)

    async def answer(stream, _):
        await stream.readline()
        stream.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + str(ap.status("stations")).encode())
        await stream.drain()
        stream.close()
        await stream.wait_closed()

    async def main():
        await asyncio.start_server(answer, "192.168.4.1", 80)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(socket.getaddrinfo("192.168.4.1", 53)[0][-1])
        udp.setblocking(False)
        print("serving")
        while ap.active():
            await asyncio.sleep_ms(5)
            try:
                data, peer = udp.recvfrom(64)
                udp.sendto(b"dns " + data, peer)
                ap.active(data != b"off")
            except OSError:
                pass
        print("off", ap.isconnected())

    asyncio.run(main())
"""


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self):
        self.answers = asyncio.Queue()

    def datagram_received(self, data, address):
        self.answers.put_nowait(data)


def test_phones_reach_the_access_point_while_it_is_up(tmp_path):
    """HTTP and DNS at the addresses chosen, one event for name and all, a station while a phone is there."""

    async def scenario():
        async with support.running(tmp_path, PORTAL) as device:
            host, port = device.portal_url.removeprefix("http://").split(":")
            event = await device.wait("ap")
            assert event == {
                "ms": event["ms"],
                "event": "ap",
                "up": True,
                "ssid": "Product",
                "security": "OPEN",
                "url": device.portal_url,
            }
            assert device.ap_ssid == "Product"
            device.portal.phone_stays_s = 0.1
            await device.wait("log", line="serving")
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET / HTTP/1.0\n")
            assert (await reader.read()).endswith(b"\r\n\r\n[(b'\\x02PHONE',)]")
            writer.close()
            loop = asyncio.get_running_loop()
            udp, answers = await loop.create_datagram_endpoint(Datagrams, remote_addr=device.dns_address)
            for question in (b"name", b"off"):
                udp.sendto(question)
                assert await asyncio.wait_for(answers.answers.get(), 2) == b"dns " + question
            udp.close()
            await device.wait("ap", up=False)
            await device.wait("log", line="off False")
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(host, port)

    asyncio.run(scenario())


def test_names_change_while_the_device_runs(tmp_path):
    """Known, unknown, led elsewhere, and known again, without a reset in between."""
    main = """
        import network, socket, time
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        sta.connect("Home", "correct horse")
        while not sta.isconnected():
            time.sleep_ms(5)
        places = []
        said = None
        while True:
            try:
                place = socket.getaddrinfo("cloud.example", 80)[0][-1]
                if place not in places:
                    places.append(place)
                now = "place", places.index(place)
            except OSError as error:
                now = "error", error.errno
            if now != said:
                said = now
                print(*now)
            time.sleep_ms(5)
        """

    async def scenario():
        async with support.running(tmp_path, main) as device:
            known = device.world
            await device.wait("log", line="place 0")
            for names, said in (
                ({"cloud.example": ("", 0)}, "error -202"),
                ({"*": ("127.0.0.1", 9)}, "place 1"),
                (known.names, "place 0"),
            ):
                device.world = replace(known, names=names)
                await device.wait("log", line=said)

    asyncio.run(scenario())
