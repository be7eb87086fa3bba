"""What each system's connectivity probe is told once the device is online, so that it closes the portal."""

from micropython import const

_APPLE = const("<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>")
_FIREFOX = const('<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>')

# path -> status, body, type. Before that, a redirect to the portal is what opens it everywhere.
PROBES = {
    "/generate_204": (204, "", ""),  # Android, ChromeOS
    "/gen_204": (204, "", ""),
    "/hotspot-detect.html": (200, _APPLE, "text/html"),
    "/library/test/success.html": (200, _APPLE, "text/html"),
    "/connecttest.txt": (200, "Microsoft Connect Test", "text/plain"),  # Windows 10 and later
    "/ncsi.txt": (200, "Microsoft NCSI", "text/plain"),
    "/success.txt": (200, "success\n", "text/plain"),  # Firefox
    "/canonical.html": (200, _FIREFOX, "text/html"),
    "/check_network_status.txt": (200, "NetworkManager is online\n", "text/plain"),
}
