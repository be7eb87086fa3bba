"""Each system's look whether it is online, as it comes over the wire: it opens the portal, and closes it.

From public captures and sources; those of ChromeOS and of Windows' browser are put together from what
browsers of that kind send.
"""

import os
import sys

import portal_rig
from net.parser import Parser
from net.response import Response
from provisioning.captive import PROBES

BLOCK = 512
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%s Safari/537.36"
ANDROID = "Mozilla/5.0 (X11; Linux x86_64) " + WEBKIT % "60.0.3112.32"
ANDROID_6 = "Dalvik/2.1.0 (Linux; U; Android 6.0.1; Nexus 7 Build/MOB30X)"
ANDROID_4 = "Dalvik/1.6.0 (Linux; U; Android 4.4.4; Nexus 5 Build/KTU84P)"


def android(path, host, agent):
    return """\
GET %s HTTP/1.1
User-Agent: %s
Host: %s
Connection: Keep-Alive
Accept-Encoding: gzip
""" % (path, agent, host)


CHROMEOS = """\
GET /generate_204 HTTP/1.1
Host: www.gstatic.com
Connection: keep-alive
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) %s
Accept-Encoding: gzip, deflate
""" % (WEBKIT % "120.0.0.0")
APPLE = """\
GET /hotspot-detect.html HTTP/1.0
Host: captive.apple.com
Connection: close
User-Agent: CaptiveNetworkSupport-346.50.1 wispr
"""
APPLE_OLD = """\
GET /library/test/success.html HTTP/1.0
Host: www.apple.com
User-Agent: CaptiveNetworkSupport/1.0 wispr
Connection: close
"""
WINDOWS = """\
GET /%s HTTP/1.1
Connection: Close
User-Agent: Microsoft NCSI
Host: www.%s.com
"""
EDGE = """\
GET /redirect HTTP/1.1
Host: www.msftconnecttest.com
Connection: keep-alive
Upgrade-Insecure-Requests: 1
User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) %s Edg/120.0.0.0
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
Accept-Encoding: gzip, deflate
Accept-Language: en-US,en;q=0.9
""" % (WEBKIT % "120.0.0.0")
FIREFOX = """\
GET /%s HTTP/1.1
Host: detectportal.firefox.com
User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:104.0) Gecko/20100101 Firefox/104.0
Accept: */*
Accept-Language: en-US,en;q=0.5
Accept-Encoding: gzip, deflate
Cache-Control: no-cache
Pragma: no-cache
Connection: keep-alive
"""
NETWORK_MANAGER = """\
GET /%s HTTP/1.1
Host: %s
Accept: */*
Connection: close
"""

SUCCESS = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
CANONICAL = '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'
NCSI = ("connecttest.txt", "msftconnecttest"), ("ncsi.txt", "msftncsi")
GNOME = ("check_network_status.txt", "nmcheck.gnome.org")
UBUNTU = ("", "connectivity-check.ubuntu.com")  # which nobody can tell from somebody's home page

# what a system sends, and what lets it go
SYSTEMS = (
    (android("/generate_204", "connectivitycheck.gstatic.com", ANDROID), 204, ""),
    (android("/gen_204", "www.google.com", ANDROID), 204, ""),  # when that one fails
    (android("/generate_204", "connectivitycheck.gstatic.com", ANDROID_6), 204, ""),
    (android("/generate_204", "clients3.google.com", ANDROID_4), 204, ""),
    (CHROMEOS, 204, ""),
    (APPLE, 200, SUCCESS),
    (APPLE_OLD, 200, SUCCESS),
    (WINDOWS % NCSI[0], 200, "Microsoft Connect Test"),
    (WINDOWS % NCSI[1], 200, "Microsoft NCSI"),
    (EDGE, 302, ""),
    (FIREFOX % "success.txt?ipv4", 200, "success\n"),
    (FIREFOX % "canonical.html", 200, CANONICAL),
    (NETWORK_MANAGER % GNOME, 200, "NetworkManager is online\n"),
    (NETWORK_MANAGER % UBUNTU, 302, ""),
)


class Sock:
    def __init__(self):
        self.answer = b""

    def write(self, data):
        self.answer += bytes(data)
        return len(data)


async def ask(portal, data, step):
    """Head and body of the answer to a request that arrives in pieces of `step` bytes."""
    block = bytearray(BLOCK)
    parser = Parser(block)
    for at in range(0, len(data), step):
        part = data[at : at + step]
        block[: len(part)] = part
        whole = parser.feed(len(part))
        assert whole == (at + step >= len(data)), data
    sock = Sock()
    await portal.handle(parser.request, Response(sock, parser.request))
    head, _, body = sock.answer.decode().partition("\r\n\r\n")
    return head.split("\r\n"), body


async def check(portal, text, status, body):
    data = (text + "\n").replace("\n", "\r\n").encode()
    for step in (BLOCK, 100, 1):
        head, got = await ask(portal, data, step)
        assert head[0].startswith("HTTP/1.1 %d " % status) and got == body, (text, head, got)
        assert ("Location: http://192.168.4.1/" in head) == (status == 302), (text, head)
        length = "Content-Length: %d" % len(body)
        assert (length in head) == (status != 204) and "Connection: close" in head, (text, head)
    assert not portal.visited.is_set(), text  # a system's look is no visitor


async def test_every_system_is_led_to_the_portal_and_let_go_in_the_end():
    portal = portal_rig.make(sys.path[0], os.getenv("FOLDER")).portal
    for portal.arrived in (False, True):
        for text, status, body in SYSTEMS:
            await check(portal, text, *((status, body) if portal.arrived else (302, "")))


def test_no_answer_is_without_a_system_that_asks():
    asked = {text.split()[1].split("?")[0] for text, _, _ in SYSTEMS}
    assert set(PROBES) == asked - {"/redirect", "/"}
