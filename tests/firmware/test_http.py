"""The server over real sockets."""

import asyncio
import gc
import os
import socket
from time import ticks_diff, ticks_ms

from net.http import Server
from net.request import HttpError
from scarce import Full, crumble

PORT = (
    10000 + int.from_bytes(os.urandom(2), "big") % 20000
)  # tests run side by side; below the ephemeral ones
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


async def handler(request, response):
    path = request.path
    if path == "/boom":
        raise ValueError("boom")
    if path == "/memory":
        raise MemoryError
    if path == "/missing":
        await response.send_file("/no/such/file", "text/html")
    if path == "/half":
        await response.begin(200, "text/plain")
        await response.write("x" * 2000)
        raise ValueError("too late")
    if path == "/wrong":
        raise HttpError(405, "Allow: GET, HEAD\r\n")
    if path == "/endless":
        await response.begin(200, "text/plain")
        while True:
            await response.write("x" * 500)
    words = "{} {} {}".format(request.method, path, sorted(request.fields.items()))
    await response.send(200, words)


class Client:
    """A connection that sends when it is told to."""

    def __init__(self):
        self._sock = socket.socket()
        self._sock.connect(socket.getaddrinfo("127.0.0.1", PORT)[0][-1])
        self._sock.setblocking(False)
        self._stream = asyncio.StreamReader(self._sock)

    async def send(self, data):
        self._stream.write(data)
        await self._stream.drain()

    async def read(self, ms=8000):
        """All that comes until the server closes; b"" for a connection that was reset."""
        answer = b""
        try:
            while part := await asyncio.wait_for_ms(self._stream.read(500), ms):
                answer += part
        except OSError:
            pass
        self.close()
        return answer

    def close(self):
        self._sock.close()


async def ask(data=GET):
    client = Client()
    await client.send(data)
    return await client.read()


class Serving:
    """A server for the length of an `async with`, which it must survive."""

    async def __aenter__(self):
        self._server = Server(handler)
        self._task = asyncio.create_task(self._server.run("127.0.0.1", PORT))
        await asyncio.sleep_ms(20)
        return self._server

    async def __aexit__(self, kind, error, trace):
        if error is None:
            assert (await ask()).startswith(OK), "the server has died"
        self._task.cancel()
        await asyncio.sleep_ms(20)
        assert not self._server._open


async def expect(*checks):
    for data, status in checks:
        answer = await ask(data)
        assert answer.startswith(b"HTTP/1.1 %d " % status), (data[:60], answer)


async def test_methods_and_versions():
    async with Serving():
        await expect(
            (b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n", 200),
            (b"POST /a HTTP/1.1\r\nContent-Length: 7\r\n\r\nx=1&y=2", 200),
            (b"GET /a HTTP/1.0\n\n", 200),
        )
        assert (await ask(b"HEAD /a HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n")
        for method in (b"PUT", b"DELETE", b"OPTIONS", b"get", b""):  # the handler judges them
            assert (await ask(method + b" /a HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n" + method + b" /a []")
        assert (await ask(b"A" * 900 + b" /a HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\nAAAAAAAA /a []")
        assert b"\r\nAllow: GET, HEAD\r\n" in await ask(b"POST /wrong HTTP/1.1\r\n\r\n")
        assert (await ask(b"HEAD /wrong HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n")


async def test_a_request_without_a_body_is_answered_at_once():
    async with Serving():
        for data in (GET, b"POST /a HTTP/1.1\r\nHost: h\r\n\r\n", b"POST / HTTP/1.1\nContent-Length: 0\n\n"):
            client = Client()  # a busy machine may take a second to connect
            start = ticks_ms()
            await client.send(data)
            assert (await client.read()).startswith(OK)
            assert ticks_diff(ticks_ms(), start) < 1000
            client.close()


async def test_over_a_bound_or_malformed():
    async with Serving():
        await expect(
            (b"GET /" + b"a" * 1522 + b" HTTP/1.1\r\n\r\n", 200),
            (b"GET /" + b"a" * 1523 + b" HTTP/1.1\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nX: " + b"a" * 2045 + b"\r\n\r\n", 200),
            (b"GET / HTTP/1.1\r\nX: " + b"a" * 2046 + b"\r\n\r\n", 431),
            (b"POST / HTTP/1.1\r\nContent-Length: 2048\r\n\r\n" + b"a" * 2048, 200),
            (b"POST / HTTP/1.1\r\nContent-Length: 2049\r\n\r\n" + b"a" * 2049, 413),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
            (b"\x16\x03\x01\x02\x00\x01\n", 400),
        )


async def test_a_failing_handler_is_answered():
    async with Serving():
        await expect(
            (b"GET /boom HTTP/1.1\r\n\r\n", 500),
            (b"GET /memory HTTP/1.1\r\n\r\n", 503),
            (b"GET /missing HTTP/1.1\r\n\r\n", 500),
        )
        answer = await ask(b"GET /half HTTP/1.1\r\n\r\n")
        assert answer.startswith(OK) and b"500" not in answer and not answer.endswith(b"0\r\n\r\n")


async def test_silent_connections_make_room_oldest_first():
    async with Serving():
        silent = []
        for _ in range(4):
            silent.append(Client())
            await asyncio.sleep_ms(10)
        assert (await ask()).startswith(OK)
        assert await silent[0].read() == b""
        for client in silent[1:]:
            await client.send(GET)
            assert (await client.read()).startswith(OK)


async def test_the_fifth_request_is_refused_and_slow_ones_time_out():
    async with Serving() as server:
        slow = [Client() for _ in range(4)]
        start = ticks_ms()
        for client in slow:
            await client.send(b"GET /")
        await asyncio.sleep_ms(50)
        for _ in range(3):
            assert (await ask()).startswith(b"HTTP/1.1 503 ")
        assert len(server._open) <= 5
        for client in slow:
            assert (await client.read()).startswith(b"HTTP/1.1 408 ")
        assert 4900 <= ticks_diff(ticks_ms(), start) <= 6500


async def test_clients_that_dawdle_lock_nobody_out():
    async with Serving() as server:
        taken = []
        for _ in range(3):
            slow = [Client() for _ in range(4)]
            for client in slow:
                await client.send(b"G")
                await asyncio.sleep_ms(10)
            await asyncio.sleep_ms(600)
            start = ticks_ms()
            assert (await ask()).startswith(OK)
            taken.append(ticks_diff(ticks_ms(), start))
            assert await slow[0].read() == b""
            for client in slow[1:]:
                await client.send(GET[1:])
                assert (await client.read()).startswith(OK)
        assert sorted(taken)[1] < 100, taken

        # The refusal of one newcomer takes no place from the next.
        slow = [Client() for _ in range(4)]
        for client in slow:
            await client.send(b"G")
        await asyncio.sleep_ms(50)
        refused = Client()
        await asyncio.sleep_ms(20)
        assert len(server._open) == 5
        for connection in server._open[:4]:
            connection.deadline._end -= 600  # as if so many milliseconds had passed
        assert (await ask()).startswith(OK)
        for client in slow + [refused]:
            client.close()
        await asyncio.sleep_ms(50)


async def test_an_answer_that_nobody_takes_is_broken_off():
    async with Serving() as server:
        client = Client()
        await client.send(b"GET /endless HTTP/1.1\r\n\r\n")
        await asyncio.sleep_ms(200)
        deadline = server._open[0].response.deadline
        assert 9000 < deadline.left() <= 10000
        deadline._end = ticks_ms()  # as if ten seconds had passed
        await asyncio.sleep_ms(300)
        assert not server._open
        client.close()


async def test_slow_clients_delay_nobody():
    async def dribble(client):
        for at in range(1000):
            await client.send(b"GET /"[at : at + 1] or b"a")
            await asyncio.sleep_ms(5)

    async def never_read(client):
        await client.send(b"GET /endless HTTP/1.1\r\n\r\n")

    async def say_nothing(client):
        pass

    async with Serving() as server:
        for behaviour in (dribble, never_read, say_nothing):
            clients = [Client() for _ in range(3)]
            tasks = [asyncio.create_task(behaviour(client)) for client in clients]
            await asyncio.sleep_ms(200)
            taken = []
            for _ in range(30):
                start = ticks_ms()
                assert (await ask()).startswith(OK)
                taken.append(ticks_diff(ticks_ms(), start))
            assert sorted(taken)[-3] < 100, taken  # the machine of a test may stall for itself
            assert len(server._open) == 3
            for task, client in zip(tasks, clients):
                task.cancel()
                client.close()
            await asyncio.sleep_ms(50)


async def test_visitors_of_every_kind_leave_no_memory_behind():
    async def visit():
        for data in (b"", b"GET", b"GET /?a=" + b"b" * 600, b"GET / HTTP/1.1\r\nHost: h"):
            client = Client()
            await client.send(data)
            await asyncio.sleep_ms(1)
            client.close()
        await expect((GET, 200), (b"GET /\n", 400), (b"GET /" + b"a" * 2000, 414))

    async with Serving():
        await visit()
        gc.collect()
        before = gc.mem_free()
        for _ in range(5):
            await visit()
        gc.collect()
        assert before - gc.mem_free() <= 512, before - gc.mem_free()


async def test_eight_connections_at_once_all_come_in():
    """The first one that does not fit waits a second before the peer's system tries it again."""
    async with Serving():
        start = ticks_ms()
        clients = [Client() for _ in range(8)]  # the server has had no turn
        assert ticks_diff(ticks_ms(), start) < 500
        for client in clients:
            client.close()


async def test_without_memory_a_connection_ends_and_the_server_lives():
    hungry = b"POST /?a=1 HTTP/1.1\r\nContent-Length: 500\r\n\r\n" + b"b" * 500
    turned_away = 0
    async with Serving():
        for leave in (0, 64, 128, 256, 512, 1024, 2048, 4096):
            clients = [Client() for _ in range(3)]
            await asyncio.sleep_ms(20)
            late = Client()
            for client in clients + [late]:
                client._sock.write(hungry)
            full = Full(leave=leave)
            await asyncio.sleep_ms(50)
            full.release()
            await asyncio.sleep_ms(250)
            for client in clients + [late]:
                answer = await client.read()
                assert answer == b"" or answer.startswith((OK, b"HTTP/1.1 503 ")), (leave, answer)
                turned_away += not answer.startswith(OK)
            assert (await ask()).startswith(OK), leave
    assert turned_away, "there was no shortage"


async def test_a_heap_in_pieces_is_enough():
    worst = (
        (GET, 200),
        (b"GET /?a=" + b"%41" * 506 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        (b"GET /" + b"a" * 1530 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        (b"GET /boom HTTP/1.1\r\n\r\n", 500),
        (b"PUT /wrong HTTP/1.1\r\n\r\n", 405),
    )
    async with Serving():
        kept = crumble(1024)
        for _ in range(5):
            await expect(*worst)
        del kept
