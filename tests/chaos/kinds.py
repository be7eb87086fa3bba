"""The table: which faults there are, which error codes the device may log during each, and its lights.

Data and reasons only. `WITHOUT` is the one list to edit when the firmware learns something.
"""

from __future__ import annotations

from dataclasses import dataclass

# What the firmware cannot do yet: "tls", "probe" (of captive portals), "redirect".
WITHOUT: tuple[str, ...] = ()

# On the way to the cloud when the network goes: not reached, or its name is not.
_ON_THE_WAY = (702, 710)


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    codes: what the device may log while it lasts; reason: why these.
    needs: what of the firmware makes it worth while; lacking: codes as long as that is missing, None leaves
    the kind out. tls: it befalls TLS servers only. resets: the restarts that it may lead to, by what the log
    says before them.
    """

    codes: tuple[int, ...]
    reason: str
    needs: str = ""
    lacking: tuple[int, ...] | None = None
    tls: bool = False
    resets: tuple[str, ...] = ()


# The config window: after a refused token, and after LOST_S without a network.
_WINDOW = ("agent restart for WAIT_CONFIG", "agent restart for CONNECTING_NET")

KINDS: dict[str, Kind] = {
    # The air.
    "vanish": Kind(
        (720, 701, 723, *_ON_THE_WAY),
        "not found, or not in time; gone between association and address (723); else the link breaks",
        resets=_WINDOW,
    ),
    "password": Kind(
        (722, 701, *_ON_THE_WAY), "the handshake fails; a router tells nobody why", resets=_WINDOW
    ),
    "no address": Kind(
        (723, 720, 701, *_ON_THE_WAY), "the router restarts (720, 701) without its DHCP", resets=_WINDOW
    ),
    "no internet": Kind(_ON_THE_WAY, "joined, and then neither names nor servers"),
    "channel": Kind(
        (720, 701, 723, *_ON_THE_WAY), "gone where it was, and not yet found where it is", resets=_WINDOW
    ),
    "weak network": Kind(
        (720, 701, 723, *_ON_THE_WAY), "the home vanishes; a weak second network is known", resets=_WINDOW
    ),
    "name unknown": Kind((710, 702), "the look-up fails; the session that broke off may say 702"),
    "slow names": Kind((702, 710), "look-ups take longer than patience at the worst"),
    # The way to the broker, and what stands in its place.
    "delay": Kind((702,), "answers that come too late are as good as none"),
    "stall": Kind((702,), "bytes are held: no answer in time"),
    "cut": Kind((702,), "closed by the other side"),
    "reset": Kind((702,), "reset by the other side"),
    "garbage": Kind((705, 702, 711), "no MQTT (705), no TLS (711), or a length that never fills (702)"),
    "captive portal": Kind(
        (712, 711, 702, 705), "the probe tells, unless it is gone by then", "probe", lacking=(705, 702, 711)
    ),
    "refused": Kind((703, 702), "CONNACK 5 opens the config window", resets=_WINDOW),
    "expired": Kind((711, 702), "the certificate's time is over", "tls", tls=True),
    "wrong name": Kind((711, 702), "a certificate for somebody else", "tls", tls=True),
    "self-signed": Kind((711, 702), "a certificate that nobody vouches for", "tls", tls=True),
    "redirect": Kind(
        (702, 705),
        "two servers that send each to the other; or that refuse the token (705)",
        "redirect",
        lacking=(702,),
    ),
    "broker restart": Kind((702,), "gone, then refusing connections, then there"),
    # What the cloud may send, however unkind.
    "flood": Kind((), "many messages at once: each is obeyed, or the newest"),
    "oversize": Kind((), "messages over the limit are skipped and reported"),
    # The device itself.
    "board reset": Kind((), "the button on the board"),
    "power cut": Kind((), "no power, and then power"),
}

# What its light shows, as the design says it: colour, ms lit, ms dark; a wave never goes dark.
GREEN, BLUE = 0x24C48E, 0x0000FF
LIGHTS: dict[str, tuple[int, int, int]] = {
    "WAIT_CONFIG": (BLUE, 50, 500),
    "CONFIGURING": (BLUE, 200, 200),
    "CONNECTING_NET": (GREEN, 50, 500),
    "CONNECTING_CLOUD": (GREEN, 100, 100),
    "RUNNING": (GREEN, 0, 0),
}


def possible() -> dict[str, Kind]:
    """The kinds that today's firmware can be put to."""
    return {
        name: kind for name, kind in KINDS.items() if kind.needs not in WITHOUT or kind.lacking is not None
    }


def allowed(name: str) -> tuple[int, ...]:
    """The codes that may be logged during this kind of fault."""
    kind = KINDS[name]
    return kind.lacking if kind.needs in WITHOUT and kind.lacking is not None else kind.codes
