"""What both campaigns of `make fuzz` share: seeds, mutations, and the account of the heap."""

import asyncio
import gc
import os
import random

SEEDS = __file__.rpartition("/")[0] + "/../fuzz/seeds/"
LEAK = 512  # bytes that may be missing in the end
SLOW_MS = 3000  # for one step, on a machine that has other work too
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


def mutated(data, pool):
    for _ in range(1 + random.getrandbits(2)):
        how = random.getrandbits(3)
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + (1 << random.getrandbits(3)))
        if how == 0:
            piece = b""
        elif how == 1:
            piece, end = data[at:end] * random.choice((2, 3, 50)), end
        elif how == 2:
            piece, end = random.choice(TELLING), at
        elif how == 3:
            piece = random.choice(TELLING)
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


async def run(campaign, inputs, seed):
    """Give a campaign so many inputs; returns how many bytes of heap are missing then. Raises Failed."""
    before = await free(campaign)
    await part(campaign, inputs, seed)
    for _ in range(4):  # garbage goes in the end, a leak stays
        missing = before - await free(campaign)
        if missing <= LEAK:
            return missing
    raise Failed("{} bytes of heap are missing".format(missing))


async def part(campaign, inputs, seed):
    random.seed(seed)
    await campaign.open()
    try:
        await campaign.run(inputs)
    finally:
        await campaign.close()
    campaign.latest = ()


async def free(campaign):
    """Free bytes after a few inputs, ever the same. The most of some tries: the collector finds addresses on
    stacks and in what asyncio's queue was linked to, and now and then takes the latest garbage for alive."""
    most = 0
    for seed in range(10):
        await part(campaign, 9, seed)
        await asyncio.gather(*[pause(ms) for ms in range(4)])  # with nothing in them, to be linked to
        gc.collect()
        most = max(most, gc.mem_free())
    return most


async def pause(ms):
    await asyncio.sleep_ms(ms)
