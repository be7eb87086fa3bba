"""From a device's access point to its owner's account: the steps of the phone app, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firstlight.errors import UserError
from firstlight.phone.account import CloudAccount, CloudError
from firstlight.phone.advice import SILENT, STILL_OPEN, ProvisioningFailed, advice
from firstlight.phone.portal import Portal, PortalUnreachable
from firstlight.phone.web import Text

ONLINE_WITHIN = 120.0  # seconds; a device has 50 s for its network and 50 s for its cloud
QUIET_FOR = 75.0  # seconds; an Edgent device that failed is back 63 to 70 s after it began
_LOOK_EVERY = 1.0  # seconds
_PORTAL_ANSWERS_WITHIN = 2.0  # seconds, while the device tries and its access point is usually gone


@dataclass(frozen=True)
class Step:
    """Something that was done: `name` for programs, `text` for people; `warning` when it needs attention.

    Names, in order: token or claim-code, board-info, last-error, scan, configure, waiting, portal-gone,
    online.
    """

    name: str
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Provisioned:
    """The end of it. `device` is as the cloud shows it; None when no cloud was asked: nothing is proven."""

    device: dict[str, Any] | None


OnStep = Callable[[Step], None]


async def provision(
    portal: Portal,
    ssid: Text,
    password: Text,
    *,
    account: CloudAccount | None = None,
    claim_code: bool = False,
    token: str | None = None,
    host: str | None = None,
    template: str | None = None,
    name: str | None = None,
    timeout: float | None = None,
    on_step: OnStep = lambda step: None,
) -> Provisioned:
    """Bring the device behind `portal` online through the network `ssid`.

    With `account` (signed in), the cloud issues the token, or the claim code when `claim_code` is set, and
    success is the device being online there within `timeout` seconds (120). Without, `token` and `host` are
    handed over, and success is only that the portal closes and is not back with an error for `timeout`
    seconds (75). With a claim code, `host` is passed on if given; without it the device asks the cloud it was
    built for.

    `template` is what the product should be; without it the device is asked before the cloud is, so both must
    be in reach at once. `on_step` is called after each step.

    Raises UserError when portal or cloud cannot be used, ProvisioningFailed when the device does not make it.
    """
    journey = _Journey(portal, account, on_step, timeout or (ONLINE_WITHIN if account else QUIET_FOR))
    if template is None:
        template = await journey.meet(None)
        given = await journey.credentials(template, name, claim_code, token, host)
    else:
        given = await journey.credentials(template, name, claim_code, token, host)
        await journey.meet(template)
    await journey.look_around(ssid)
    await journey.hand_over(ssid, password, given)
    return Provisioned(await journey.until_online(account) if account else await journey.until_gone())


class _Journey:
    """One provisioning under way."""

    def __init__(self, portal: Portal, account: CloudAccount | None, on_step: OnStep, timeout: float) -> None:
        self._portal = portal
        self._account = account
        self.called = ""  # what the device calls itself, once it was met
        self._on_step = on_step
        self._timeout = timeout
        self._before: dict[str, Any] = {}  # board info, as it was before
        self._template = ""
        self._known: set[str] = set()  # devices that the account had before
        self._device_id = ""  # known beforehand with a token, not with a claim code
        self._gone = False  # the portal was out of reach since

    async def credentials(
        self, template: str, name: str | None, claim_code: bool, token: str | None, host: str | None
    ) -> dict[str, str]:
        """Return what the portal is given besides the network."""
        self._template = template
        name = name or self.called or template
        if self._account is None:
            return _present(token=token, host=host)
        if claim_code:
            self._known = {device["id"] for device in await self._account.devices()}
            claim = await self._account.new_claim_code(template, name)
            self._tell("claim-code", "the cloud issued a claim code")
            return _present(claim=claim.code, host=host)
        issued = await self._account.new_token(template, name)
        self._device_id = issued.device_id
        self._tell("token", f"the cloud issued a token for device {issued.device_id}")
        return {"token": issued.token, "host": issued.server}

    async def meet(self, template: str | None) -> str:
        """Ask the device what it is, and return its template. Raises UserError when it is not `template`."""
        info = self._before = await self._portal.board_info()
        found = str(info.get("tmpl_id", ""))
        if not (found or template):
            raise UserError("--template: the device names no template; say which product it is")
        if template and found and found != template:
            raise UserError(f"the device is a {found}, not a {template}; join the right one's access point")
        self.called = str(info.get("name") or info.get("ssid") or found)  # the older generation has no name
        self._tell("board-info", f"met {self.called}, firmware {info.get('fw_ver', '?')}")
        if code := _code(info):
            self._tell("last-error", f"its last try failed: {_failure(code, info)}", warning=True)
        return template or found

    async def look_around(self, ssid: Text) -> None:
        """Check that the device sees the network; a hidden one it cannot, so this only warns."""
        wanted = ssid.decode(errors="replace") if isinstance(ssid, bytes) else ssid
        try:
            seen = [network for network in await self._portal.scan() if network.get("ssid") == wanted]
        except UserError as error:
            self._tell("scan", f"the device could not list networks: {error}", warning=True)
            return
        if seen:
            strength = max(network.get("rssi", -100) for network in seen)
            self._tell("scan", f"the device sees {wanted} at {strength} dBm")
        else:
            self._tell("scan", f"the device does not see {wanted}; going on, it may be hidden", warning=True)

    async def hand_over(self, ssid: Text, password: Text, given: dict[str, str]) -> None:
        """Give the device its configuration."""
        try:
            await self._portal.configure(ssid, password, **given)
        except PortalUnreachable as error:
            if not error.sent:
                raise
            self._gone = True
            self._tell("configure", "the configuration was sent, its answer did not arrive", warning=True)
        else:
            self._tell("configure", "the device accepted the configuration")

    async def until_online(self, account: CloudAccount) -> dict[str, Any]:
        """Return the device when the cloud shows it online."""
        self._tell("waiting", "waiting for the device at the cloud")
        deadline = _now() + self._timeout
        while _now() < deadline:
            device, failure = await asyncio.gather(self._arrived(account), self._complaint())
            if device:
                self._tell("online", f"{device['name']} is online")
                return device
            if failure:
                raise failure
            await asyncio.sleep(_LOOK_EVERY)
        raise await self._verdict()

    async def until_gone(self) -> None:
        """Return when the portal has closed, and has not come back with an error for the whole time."""
        self._tell("waiting", "waiting whether the device comes back with an error")
        deadline = _now() + self._timeout
        while _now() < deadline:
            if failure := await self._complaint():
                raise failure
            await asyncio.sleep(_LOOK_EVERY)
        if await self._board_info() is not None:
            raise await self._verdict()
        self._tell(
            "portal-gone",
            "its access point closed; whether it is online only its cloud can tell",
            warning=True,
        )

    async def _arrived(self, account: CloudAccount) -> dict[str, Any] | None:
        """Return the new device if it is online. No answer is no failure: the phone is changing networks."""
        try:
            if self._device_id:
                device = await account.device(self._device_id)
                return device if device["online"] else None
            devices = await account.devices()
        except CloudError as error:
            if error.status in (0, 404):
                return None
            raise
        new = (
            device
            for device in devices
            if device["id"] not in self._known and device["template"] == self._template
        )
        return next((device for device in new if device["online"]), None)

    async def _complaint(self) -> ProvisioningFailed | None:
        """Return the error that the portal shows, if it did not show it before."""
        info = await self._board_info()
        if info is None:
            if not self._gone:
                self._gone = True
                self._tell("portal-gone", "its access point closed: it is trying")
            return None
        tried = self._gone or info.get("attempt") != self._before.get("attempt")
        if (code := _code(info)) and (tried or code != _code(self._before)):
            return _failure(code, info)
        return None

    async def _verdict(self) -> ProvisioningFailed:
        """Return why nothing came of it, when time is up."""
        info = await self._board_info()
        if info is None:
            return ProvisioningFailed(0, SILENT)
        code = _code(info)
        return _failure(code, info) if code else ProvisioningFailed(0, STILL_OPEN)

    async def _board_info(self) -> dict[str, Any] | None:
        try:
            return await self._portal.board_info(_PORTAL_ANSWERS_WITHIN)
        except UserError:  # out of reach; or the address is somebody else's by now, back in the home network
            return None

    def _tell(self, name: str, text: str, warning: bool = False) -> None:
        self._on_step(Step(name, text, warning))


def _present(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def _code(info: dict[str, Any]) -> int:
    code = info.get("last_error", 0)
    return code if isinstance(code, int) else 0


def _failure(code: int, info: dict[str, Any]) -> ProvisioningFailed:
    return ProvisioningFailed(code, advice(code), str(info.get("last_error_detail") or ""))


def _now() -> float:
    return asyncio.get_running_loop().time()
