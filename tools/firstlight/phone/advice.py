"""What a device's error codes mean, and what its owner can do about them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """A Blynk.Inject error in words, and what to do about it."""

    words: str
    remedy: str


# Blynk.Inject's codes, as Edgent's ConfigMode and its successor define them.
ADVICE = {
    700: Advice("it could not use the configuration", "check each field and send it again"),
    701: Advice(
        "it could not join the network in time", "check the password, and bring it nearer to the router"
    ),
    702: Advice("it did not reach the cloud in time", "check that the network has internet access"),
    703: Advice("the cloud refused its token", "start again, so that it gets a new one"),
    704: Advice("its network failed", "restart device and router, then try again"),
    705: Advice("its cloud connection failed", "try again later; if it persists, check the server address"),
    710: Advice("it could not find the cloud's address (DNS)", "check the server name and the router's DNS"),
    711: Advice("it does not trust the cloud's certificate", "check the server name, or update the firmware"),
    712: Advice(
        "the network wants a sign-in page", "choose a network without one, for example a phone's hotspot"
    ),
    720: Advice("it does not see the network", "check the name; most devices need 2.4 GHz, so turn that on"),
    721: Advice("no cable is plugged in", "plug the network cable in"),
    722: Advice("the network refused the password", "enter the Wi-Fi password again"),
    723: Advice("the network gave it no address", "check the router's DHCP, or set a static address"),
    730: Advice("it has no SIM card", "put a SIM card in"),
    731: Advice("its SIM card is locked", "enter the PIN"),
    732: Advice("the SIM card's PIN is wrong", "enter the right PIN; three wrong ones lock the card"),
}
_UNKNOWN = Advice("it reports an error that is not known here", "update this program, or ask the maker")
SILENT = Advice(
    "neither it nor its access point was heard of", "check its power and its light, then try again"
)
STILL_OPEN = Advice(
    "its access point is still open and reports no error", "wait, look at its light, or send it again"
)


def advice(code: int) -> Advice:
    """Return words and remedy for a `last_error` of a device."""
    return ADVICE.get(code, _UNKNOWN)


class ProvisioningFailed(Exception):
    """The device could not be brought online. `code` is its own (see ADVICE), or 0 when it gave none."""

    def __init__(self, code: int, why: Advice, detail: str = "") -> None:
        super().__init__(f"{why.words}{f' ({detail})' if detail else ''}; {why.remedy}")
        self.code = code
        self.detail = detail
        self.words = why.words
        self.remedy = why.remedy
