"""The parser alone: bytes in, a request or a status out."""

from net.parser import Parser
from net.request import HttpError, unquote
from scarce import crumble

BLOCK = 512
EVERY = bytes(range(256))


def parse(data, step=BLOCK, block=None):
    """The request in `data`, arriving in pieces of `step` bytes; None when it is not whole, or the status."""
    block = block or bytearray(BLOCK)
    parser = Parser(block)
    try:
        for at in range(0, len(data), step):
            part = data[at : at + step]
            block[: len(part)] = part
            if parser.feed(len(part)):
                return parser.request
    except HttpError as e:
        return e.status
    return None


def quote(data, form=b"%%%02X"):
    return b"".join([form % byte for byte in data])


def get(target, *headers):
    return b"GET " + target + b" HTTP/1.1\r\n" + b"".join([line + b"\r\n" for line in headers]) + b"\r\n"


def post(body, *headers):
    return get(b"/", b"Content-Length: %d" % len(body), *headers).replace(b"GET", b"POST") + body


def test_any_byte_survives_percent_and_plus():
    for form in (b"%%%02X", b"%%%02x"):
        assert unquote(quote(EVERY, form)) == EVERY
        assert parse(get(b"/?v=" + quote(EVERY, form))).fields == {"v": EVERY}
        assert parse(post(b"v=" + quote(EVERY, form))).fields == {"v": EVERY}
    plain = bytes([byte for byte in EVERY if byte not in b"%+&"])
    assert parse(post(b"v=" + plain)).fields == {"v": plain}
    assert unquote(b"p%40ss%2Bw0rd+%26%25%3f%21") == b"p@ss+w0rd &%?!"
    assert unquote("Café+%26+Co".encode()) == "Café & Co".encode()


def test_stray_percent_signs_stay():
    for stray in (b"100%", b"%zz%4", b"%", b"%%", b"%4", b"%-1", b"% 4"):
        assert unquote(stray) == stray
    assert unquote(b"%%41") == b"%A" and unquote(b"%2541") == b"%41"


def test_fields():
    fields = parse(get(b"/?ssid=a%26b&pass=&x&ssid=second&=1&&y=1=2")).fields
    assert fields == {"ssid": b"a&b", "pass": b"", "x": b"", "y": b"1=2"}
    assert parse(post(b"a=3&b=4").replace(b" / ", b" /?a=1&a=2 ")).fields == {"a": b"1", "b": b"4"}
    assert parse(get(b"/?")).fields == {} and parse(post(b"&&=1")).fields == {}


def test_what_a_handler_sees():
    request = parse(
        get(b"/caf%C3%A9?x=1", b"HOST: h:80 ", b"origin:http://h", b"Cookie: " + b"c" * 500, b"Accept:")
    )
    assert (request.method, request.path, request.host, request.origin) == (
        "GET",
        "/café",
        "h:80",
        "http://h",
    )
    assert request.version11
    old = parse(b"HEAD / HTTP/1.0\n\n")
    assert (old.method, old.path, old.host, old.origin, old.version11) == ("HEAD", "/", "", "", False)


def test_it_may_arrive_in_any_pieces():
    data = post(b"b=%C3%A9+2&c=x", b"Host: 192.168.4.1", b"User-Agent: u")
    data = data.replace(b" / ", b" /config?a=1%2b ")
    for step in range(1, len(data) + 1):
        request = parse(data, step)
        assert request.fields == {"a": b"1+", "b": b"\xc3\xa9 2", "c": b"x"}, step
        assert (request.path, request.host) == ("/config", "192.168.4.1"), step
    for size in range(len(data)):
        assert parse(data[:size]) is None, size


def test_headers_that_are_of_no_use_are_passed_over():
    useless = (
        b"X-Host: x",
        b"Accept: */*",
        b":host: y",
        b"Cookie: a=1; b=2",
        b"Range: bytes=0-",
        b"U: " + b"v" * 600,
    )
    for step in (1, 7, BLOCK):
        request = parse(get(b"/", *useless, b"hOST: h", *useless, b"Origin: o"), step)
        assert (request.host, request.origin) == ("h", "o")
    assert parse(get(b"/", *useless, b"Accept-Encoding")) == 400


def test_malformed():
    for data in (
        b"\r\n\r\n",
        b"GET\r\n",
        b"GET /\r\n",
        b"GET /a?b\r\n",
        b" / HTTP/1.1\r\n" + b"x" * 20 + b"\r\n",
        b"GET / HTTP/2\r\n",
        b"GET / HTTP/1.1 x\r\n",
        b"GET / HTTP/1.x\r\n",
        b"GET  / HTTP/1.1\r\n",
        b"GET http://x/ HTTP/1.1\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n",
        b"GET /?%ff=1 HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\n",
        get(b"/", b"no colon"),
        get(b"/", b" "),
        get(b"/", b"Host: \xff"),
    ):
        for step in (1, BLOCK):
            assert parse(data, step) == 400, (data, parse(data, step))


def test_content_length():
    assert parse(get(b"/", b"Content-Length: 0", b"Content-Length:0 ")).fields == {}
    assert parse(post(b"a=1", b"content-length: 3")).fields == {"a": b"1"}
    for value in (b"-1", b"+5", b"", b"5,5", b"0x5", b"1_0", b"5 5", b"\xb2"):
        assert parse(get(b"/", b"Content-Length: " + value)) == 400, value
    assert parse(get(b"/", b"Content-Length: 3", b"Content-Length: 4")) == 400
    assert parse(get(b"/", b"Transfer-Encoding: chunked")) == 413
    assert parse(get(b"/", b"Content-Length: 3", b"Transfer-Encoding: identity")) == 413
    assert parse(get(b"/", b"Content-Length: " + b"9" * 100)) == 413


def test_each_bound_and_one_over_it():
    line = b"GET /" + b"a" * (1536 - 5 - 9) + b" HTTP/1.1"
    assert len(line) == 1536
    assert parse(line + b"\r\n\r\n").path == "/" + "a" * 127
    assert parse(line.replace(b"a ", b"aa ") + b"\r\n") == 414
    fields = line.replace(b"aaaa", b"?v=a", 1)
    assert len(parse(fields + b"\r\n\r\n").fields["v"]) > 256

    headers = b"Host: h\r\nX: " + b"a" * (2048 - 9 - 3)
    start = b"GET / HTTP/1.1\r\n"
    assert parse(start + headers + b"\r\n\r\n").host == "h"
    assert parse(start + headers + b"a\r\n\r\n") == 431
    assert parse(start + b"a: b\r\n" * 341 + b"\r\n").host == ""  # 2,046 bytes
    assert parse(start + b"a: b\r\n" * 342 + b"\r\n") == 431
    assert parse(start + b"a" * 3000) == 431

    assert len(parse(post(b"a=" + b"b" * 2046)).fields["a"]) > 256
    assert parse(post(b"a=" + b"b" * 2047)) == 413

    pairs = [b"%d=" % number for number in range(33)]
    assert len(parse(get(b"/?" + b"&".join(pairs[:32]))).fields) == 32
    assert len(parse(post(b"&".join(pairs[:32]))).fields) == 32
    assert parse(get(b"/?" + b"&".join(pairs))) == 414
    assert parse(post(b"&".join(pairs))) == 413


def test_a_field_of_256_bytes_is_whole_however_it_is_sent_and_a_longer_one_is_seen_to_be():
    value = EVERY
    for sent in (quote(value), value.replace(b"%", b"%25").replace(b"+", b"%2b").replace(b"&", b"%26")):
        assert parse(post(b"instructions_in_full=" + sent)).fields["instructions_in_full"] == value
    for sent in (quote(value + b"x"), b"x" * 257, b"x" * 2000):
        assert len(parse(post(b"v=" + sent)).fields["v"]) > 256


def test_nothing_larger_than_a_kilobyte_is_ever_allocated():
    block = bytearray(BLOCK)
    many = b"&".join([b"%02d=%s" % (number, b"%41" * 14) for number in range(32)])
    worst = (
        b"GET /" + b"%41" * 507 + b" HTTP/1.1\r\n\r\n",
        b"GET /?a=" + b"%41" * 506 + b" HTTP/1.1\r\n\r\n",
        get(b"/?" + many),
        get(b"/", b"Host: " + b"h" * 2000),
        get(b"/", b"h" * 2000 + b":"),
        post(b"a=" + b"%41" * 680),
        post(b"+" * 2048),
        post(b"=&" * 1024),
        post(many),
    )
    too_long = b"GET /" + b"a" * 3000
    kept = crumble(1024)
    for data in worst:
        for step in (1, 7, BLOCK):
            assert not isinstance(parse(data, step, block), (int, type(None))), data[:40]
    for step in (1, 7, BLOCK):
        assert parse(too_long, step, block) == 414
    del kept


def test_a_referer_stands_in_for_an_origin():
    for headers, origin in (
        ("Referer: http://a/b\r\n", "http://a/b"),
        ("Referer: http://a/b\r\nOrigin: http://c\r\n", "http://c"),
        ("Origin: http://c\r\nReferer: http://a/b\r\n", "http://c"),
    ):
        request = parse(b"GET / HTTP/1.1\r\n" + headers.encode() + b"\r\n")
        assert request.origin == origin
