import asyncio
import os
import socket

from net.http import Server
from net.request import HttpError, parse_fields, request_line, unquote

PORT = 20000 + int.from_bytes(os.urandom(2), "big") % 20000  # tests may run side by side


def status_of(function, *arguments):
    try:
        function(*arguments)
    except HttpError as e:
        return e.status
    return 200


def quote(data):
    return b"".join([b"%%%02X" % byte for byte in data])


def test_any_byte_survives_percent_and_plus():
    every = bytes(range(256))
    assert unquote(quote(every)) == every
    assert unquote(b"p%40ss%2Bw0rd+%26%25%3f%21") == b"p@ss+w0rd &%?!"
    assert unquote("Café+%26+Co".encode()) == "Café & Co".encode()


def test_stray_percent_signs_stay():
    assert unquote(b"100%") == b"100%" and unquote(b"%zz%4") == b"%zz%4" and unquote(b"%") == b"%"


def test_fields():
    assert parse_fields(b"ssid=a%26b&pass=&x&ssid=second") == {"ssid": b"a&b", "pass": b"", "x": b""}
    assert parse_fields(b"") == {} and parse_fields(b"&&=1") == {}


def test_request_lines():
    assert request_line(b"GET /config?ssid=a HTTP/1.1") == ("GET", "/config", b"ssid=a")
    assert request_line(b"HEAD / HTTP/1.0") == ("HEAD", "/", b"")
    for line in (b"", b"GET", b"GET /", b"GET / HTTP/2", b"GET http://x/ HTTP/1.1", b"G /\xff\xfe HTTP/1.1"):
        assert status_of(request_line, line) == 400, line


async def handler(request, response):
    if request.path == "/boom":
        raise ValueError("boom")
    words = "{} {} {}".format(request.method, request.path, sorted(request.fields.items()))
    await response.send(200, words)


async def ask(data, end=False):
    """Send bytes, return all that comes back."""
    address = socket.getaddrinfo("127.0.0.1", PORT)[0][-1]
    sock = socket.socket()
    sock.connect(address)
    sock.setblocking(False)
    stream = asyncio.StreamReader(sock)
    stream.write(data)
    await stream.drain()
    answer = b""
    while True:
        part = await stream.read(1000)
        if not part:
            sock.close()
            return answer
        answer += part


async def serving(*checks):
    server = asyncio.create_task(Server(handler).run("127.0.0.1", PORT))
    await asyncio.sleep_ms(50)
    for data, expected in checks:
        answer = await asyncio.wait_for(ask(data), 8)
        assert answer.startswith(expected), (data[:60], answer)
    server.cancel()
    await asyncio.sleep_ms(20)


async def test_get_post_and_head():
    await serving(
        (b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
        (b"POST /a HTTP/1.1\r\nContent-Length: 7\r\n\r\nx=1&y=2", b"HTTP/1.1 200 OK\r\n"),
        (b"GET /a HTTP/1.0\n\n", b"HTTP/1.1 200 OK\r\n"),
        (b"HEAD /a HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
    )


async def test_a_post_without_a_body_is_answered_at_once():
    await serving((b"POST /a HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 200 OK\r\n"))


async def test_bounds():
    await serving(
        (b"GET /" + b"a" * 1600 + b" HTTP/1.1\r\n\r\n", b"HTTP/1.1 414"),
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 2100 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (b"GET / HTTP/1.1\r\n" + b"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 70, b"HTTP/1.1 431"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2049\r\n\r\n", b"HTTP/1.1 413"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 413"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"HTTP/1.1 400"),
        (b"\x16\x03\x01\x02\x00\x01\n", b"HTTP/1.1 400"),
    )


async def test_a_failing_handler_is_answered_and_the_server_lives():
    await serving(
        (b"GET /boom HTTP/1.1\r\n\r\n", b"HTTP/1.1 500"),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200"),
    )


async def test_the_fifth_connection_is_refused_and_silent_ones_time_out():
    server = asyncio.create_task(Server(handler).run("127.0.0.1", PORT))
    await asyncio.sleep_ms(50)
    silent = [asyncio.create_task(ask(b"GET /")) for _ in range(4)]
    await asyncio.sleep_ms(50)
    assert (await ask(b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 503")
    for task in silent:
        assert (await asyncio.wait_for(task, 8)).startswith(b"HTTP/1.1 408")
    assert (await ask(b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200")
    server.cancel()
