"""What the campaigns of `make fuzz` share: seeds, mutations, and the account of the heap."""

import asyncio
import gc
import os
import random

SEEDS = __file__.rpartition("/")[0] + "/../fuzz/seeds/"
LEAK = 512  # bytes that may be missing in the end
SLOW_MS = 3000  # for one step, on a machine that has other work too
WARM = 300
REAL = 100  # one step in so many goes over real sockets
TELLING = (
    b"%", b"%%", b"%zz", b"%ff", b"%00", b"+", b"&", b"=", b"?", b" ", b"\n", b"\r\n", b"\r\n\r\n", b":",
    b"\0", b"Content-Length: 5\r\n", b"Content-Length: 99999999999\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Host: x\r\n", b"HTTP/1.1", b"\xc0\x0c", b"\x3f", b"\x40", b"\xff\xff",
)  # fmt: skip


class Failed(Exception):
    """An input, or a few sent together, that was answered wrongly, threw, or took too long."""

    def __init__(self, problem, inputs=()):
        super().__init__(problem)
        self.inputs = inputs


def seeds(kind):
    """The recorded inputs, always in the same order."""
    found = []
    for name in sorted(os.listdir(SEEDS + kind)):
        with open(SEEDS + kind + "/" + name, "rb") as file:
            found.append(file.read())
    return found


def mutated(data, pool, telling=TELLING):
    for _ in range(1 + random.getrandbits(2)):
        how = random.getrandbits(3)
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + (1 << random.getrandbits(3)))
        if how == 0:
            piece = b""
        elif how == 1:
            piece = data[at:end] * random.choice((2, 3, 50))
        elif how == 2:
            piece, end = random.choice(telling), at
        elif how == 3:
            piece = random.choice(telling)
        elif how == 4:  # the end of another
            other = random.choice(pool)
            piece, end = other[random.randrange(len(other)) :], len(data)
        elif how == 5:
            piece = bytes([random.getrandbits(8) for _ in range(1 + random.getrandbits(2))])
        elif how == 6 and data[at:end]:  # one bit
            piece, end = bytes((data[at] ^ 1 << random.getrandbits(3),)), at + 1
        else:
            piece, end = b"", random.choice((at, len(data)))  # cut short
        data = data[:at] + piece + data[end:]
    return data[:5000]


def run(campaign, inputs, seed):
    """Give a campaign so many inputs or a few more; returns the missing bytes of heap. Raises Failed."""
    session(campaign, WARM, 0)
    before = free(campaign)
    campaign.counting = True
    session(campaign, inputs, seed)
    campaign.counting = False
    for again in range(8):
        missing = before - free(campaign)
        if missing <= LEAK:
            return missing
        session(campaign, WARM, again)  # with other work garbage goes, a leak stays
    raise Failed("{} bytes of heap are missing".format(missing))


def session(campaign, inputs, seed):
    """A loop of its own each time: the queues of the last one, also when empty, refer to what was in them."""
    random.seed(seed)
    asyncio.new_event_loop()
    asyncio.run(part(campaign, inputs))
    asyncio.new_event_loop()
    campaign.latest = ()


async def part(campaign, inputs):
    await campaign.open()
    try:
        await campaign.run(inputs)
    finally:
        await campaign.close()


def free(campaign):
    """Free bytes after a few inputs, ever the same: the most of some tries, as the collector looks for
    addresses on the C stack too and may find an old one there."""
    most = 0
    for seed in range(5):
        session(campaign, 9, seed)
        gc.collect()
        most = max(most, gc.mem_free())
    return most
