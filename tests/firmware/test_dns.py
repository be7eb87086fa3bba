import asyncio
import os
import socket

from net.dns import answer, serve
from scarce import crumble

ADDRESS = b"\xc0\xa8\x04\x01"


def query(name, kind=1, flags=b"\x01\x00"):
    labels = b"".join([bytes((len(part),)) + part for part in name.split(b".")])
    return b"\x12\x34" + flags + b"\0\1\0\0\0\0\0\0" + labels + b"\0\0" + bytes((kind,)) + b"\0\1"


def test_every_name_is_the_portal():
    asked = query(b"connectivitycheck.gstatic.com")
    reply = answer(asked, ADDRESS)
    assert reply[:2] == asked[:2] and reply[2] & 0x80 and reply[3] & 15 == 0
    assert reply[4:12] == b"\0\1\0\1\0\0\0\0"
    assert reply[12 : len(asked)] == asked[12:]
    assert reply[len(asked) :] == b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + ADDRESS


def test_other_types_get_an_empty_answer():
    reply = answer(query(b"example.com", kind=28), ADDRESS)
    assert reply[6:8] == b"\0\0" and reply[3] & 15 == 0 and not reply.endswith(ADDRESS)


def test_memoryview_and_extra_bytes_of_edns():
    assert answer(query(b"a.b") + b"\0" * 11, ADDRESS).endswith(ADDRESS)


def test_junk_is_dropped():
    good = query(b"example.com")
    for junk in (
        b"",
        b"x" * 16,
        good[:20],
        good[:2] + b"\x81\x80" + good[4:],
        good[:4] + b"\0\2" + good[6:],
        b"\xff" * 600,
    ):
        assert answer(junk, ADDRESS) is None, junk
    assert answer(good[:12] + b"\xc0\x0c\0\1\0\1", ADDRESS) is None
    assert answer(good[:-2] + b"\0\3", ADDRESS) is None


def test_every_cut_and_every_flipped_byte_is_survived():
    good = query(b"connectivitycheck.gstatic.com")
    for size in range(len(good)):
        answer(good[:size], ADDRESS)
    for at in range(len(good)):
        for value in (0, 63, 64, 192, 255):
            answer(good[:at] + bytes((value,)) + good[at + 1 :], ADDRESS)


def test_name_only_answers_for_its_names():
    names = ("blynk.setup", "other.example")
    for name in (b"blynk.setup", b"BLYNK.Setup", b"other.example"):
        assert answer(query(name), ADDRESS, names).endswith(ADDRESS), name
        reply = answer(query(name, kind=28), ADDRESS, names)
        assert reply[3] & 15 == 0 and reply[6:8] == b"\0\0"
    for name in (b"setup", b"blynk", b"xblynk.setup", b"blynk.setup.example", b"\xff.\xfe", b""):
        for kind in (1, 28):
            asked = query(name, kind) if name else query(b"")[:12] + b"\0\0\1\0\1"
            reply = answer(asked, ADDRESS, names)
            assert reply[3] & 15 == 2 and reply[4:8] == b"\0\1\0\0" and reply[12:] == asked[12:], name


def test_names_and_labels_have_their_longest():
    longest = b".".join([b"a" * 63] * 3 + [b"b" * 61])
    assert answer(query(longest), ADDRESS).endswith(ADDRESS)
    assert answer(query(longest + b"b"), ADDRESS) is None
    assert answer(query(b"a" * 64), ADDRESS) is None
    assert answer(query(b".".join([b"a"] * 127)), ADDRESS).endswith(ADDRESS)
    assert answer(query(b".".join([b"a"] * 128)), ADDRESS) is None


async def test_over_udp_in_a_heap_in_pieces():
    port = 20000 + int.from_bytes(os.urandom(2), "big") % 20000
    task = asyncio.create_task(serve("127.0.0.1", port, ("blynk.setup",)))
    await asyncio.sleep_ms(20)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    sock.settimeout(1)
    kept = crumble(1024)
    for junk in (b"", b"x", b"\xff" * 512, bytes(900)):
        sock.send(junk)
    for name, code in ((b"blynk.setup", 0), (b"example.com", 2)):
        sock.send(query(name))
        await asyncio.sleep_ms(20)
        reply = sock.recv(500)
        assert reply[:2] == b"\x12\x34" and reply[3] & 15 == code
        assert reply.endswith(b"\x7f\0\0\1") == (code == 0)
    del kept
    task.cancel()
    await asyncio.sleep_ms(1)
    sock.close()
