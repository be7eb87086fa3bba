"""Inside MicroPython: a plain asyncio server for the portal's three requests.

It reads request line and headers, takes them apart, and sends bytes that were ready beforehand:
no form, no storage, no deadline, no limit, no log.
"""

import asyncio

_BLOCK = 512  # as ours: of the page, which is sent from its file, for no chip has the room to hold it whole
_BACKLOG = 8  # as ours
_WHOLE = 2048


class Floor:
    """paths: whose answers lie in `folder` (with a slash), as 0.head, 0.body and so on."""

    def __init__(self, folder, paths):
        self._answers = {}
        for number, path in enumerate(paths):
            answer = _content(f"{folder}{number}.head")
            file = f"{folder}{number}.body"
            body = _content(file)
            if len(body) <= _WHOLE:
                answer += body
                file = None
            self._answers[path.encode()] = answer, file

    async def run(self, host, port):
        server = await asyncio.start_server(self._serve, host, port, backlog=_BACKLOG)
        await server.wait_closed()

    async def _serve(self, reader, writer):
        try:
            path = await self._receive(reader)
            if path:
                await self._answer(writer, path)
        except OSError:
            pass
        finally:
            writer.close()
            await writer.wait_closed()

    async def _receive(self, reader):
        line = await reader.readline()
        if not line:
            return None
        _, target, _ = line.split(b" ")
        headers = {}
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return target.partition(b"?")[0]

    async def _answer(self, writer, path):
        answer, file = self._answers[path]
        writer.write(answer)
        if file:
            with open(file, "rb") as body:  # noqa: ASYNC230  it has no other way
                block = memoryview(bytearray(_BLOCK))
                while size := body.readinto(block):
                    writer.write(block[:size])
                    await writer.drain()
        await writer.drain()


class Barest(Floor):
    """The same, a block at a time to the empty line: readline() reads byte by byte here."""

    async def _receive(self, reader):
        """The path, or None when the peer leaves early."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = await reader.read(_BLOCK)
            if not part:
                return None
            data += part
        lines = data.split(b"\r\n")
        _, target, _ = lines[0].split(b" ")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return target.partition(b"?")[0]


def _content(path):
    with open(path, "rb") as file:
        return file.read()
