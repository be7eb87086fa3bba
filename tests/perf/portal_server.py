"""Inside MicroPython: portal_server.py WHICH FIRMWARE RIG FOLDER PORT MICRODOT.

WHICH is `ours`, the portal on net.http; `microdot`: the same portal's handler, and so the same checks, the
same storing, the same page, behind microdot; `floor`, `barest`: nothing but answers, which are in FOLDER.
"""

import asyncio
import sys


def ours(handle, port):
    from net.http import Server

    return Server(handle).run("127.0.0.1", port)


class Answer:
    """What the portal answers through, as microdot wants it."""

    def __init__(self, microdot):
        self._microdot = microdot
        self.response = None

    async def send(self, status, body="", kind="text/plain", headers=""):
        self.response = self._microdot.Response(body, status, {"Content-Type": kind})

    async def send_file(self, path, kind, headers=""):
        self.response = self._microdot.send_file(path, content_type=kind, compressed=True)


def behind_microdot(handle, port):
    import microdot

    from net.request import Request

    app = microdot.Microdot()

    async def page(request):
        return await answer(request, Request("GET", "/"))

    async def board_info(request):
        return await answer(request, Request("GET", "/board_info.json"))

    async def config(request):
        asked = Request("GET", "/config")
        asked.fields = {name: request.args[name].encode() for name in request.args}
        return await answer(request, asked)

    async def answer(request, asked):
        asked.host = request.headers["Host"]
        answer = Answer(microdot)
        await handle(asked, answer)
        return answer.response

    app.get("/")(page)
    app.get("/board_info.json")(board_info)
    app.get("/config")(config)
    return app.start_server("127.0.0.1", port)


def floor(which, folder, port):
    from portal_floor import Barest, Floor

    kind = Floor if which == "floor" else Barest
    return kind(folder, ("/", "/board_info.json", "/config")).run("127.0.0.1", port)


def main(which, firmware, rig, folder, port, microdot):
    sys.path[:] = [firmware, rig, microdot, __file__.rpartition("/")[0], ".frozen"]
    if which in ("floor", "barest"):
        return asyncio.run(floor(which, folder, int(port)))
    import portal_rig

    portal = portal_rig.make(firmware, folder).portal
    portal.busy = lambda: False  # every attempt is over at once
    handle = portal.handle
    asyncio.run((ours if which == "ours" else behind_microdot)(handle, int(port)))


main(*sys.argv[1:])
