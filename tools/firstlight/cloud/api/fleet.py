"""Routes for the devices of an account."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path

from firstlight.cloud.api import schemas
from firstlight.cloud.api.desk import AtDesk, Desk, Owner
from firstlight.cloud.api.errors import refusals
from firstlight.cloud.devices import Kept, Seen
from firstlight.cloud.door import PONG_WITHIN, branch, fits
from firstlight.cloud.problems import Problem
from firstlight.cloud.uplinks import LONGEST_NAME, as_text
from firstlight.cloud.visit import LARGEST

router = APIRouter(tags=["devices"])

DeviceId = Annotated[str, Path(max_length=64, examples=["9f2c4e71a0b35d68"])]
Datastream = Annotated[
    str,
    Path(
        max_length=LONGEST_NAME,
        pattern=r"^[^/+#\x00-\x1f\x7f]+$",
        examples=["lamp"],
    ),
]


@router.get("/devices", responses=refusals(401))
def list_devices(desk: AtDesk, owner: Owner) -> list[schemas.Device]:
    """List your devices, oldest first. A device appears when it first logs in."""
    return [_shown(desk, seen) for seen in desk.devices.owned_by(owner)]


@router.get("/devices/{device_id}", responses=refusals(401, 404, 422))
def get_device(device_id: DeviceId, desk: AtDesk, owner: Owner) -> schemas.Device:
    """Show one of your devices."""
    return _shown(desk, desk.devices.one(owner, device_id))


@router.post(
    "/devices/{device_id}/datastreams/{name}",
    status_code=202,
    responses=refusals(400, 401, 404, 409, 413, 422),
)
async def write_datastream(
    device_id: DeviceId, name: Datastream, new: schemas.Write, desk: AtDesk, owner: Owner
) -> schemas.Sent:
    """Send a value to one of your devices, on `downlink/ds/NAME`. 409 when it is offline."""
    await _reachable(desk, owner, device_id)
    path, text = f"downlink/ds/{name}", as_text(new.value)
    _check_size(device_id, path, text)
    await asyncio.to_thread(desk.devices.write, owner, device_id, name, text)
    await desk.door.send(device_id, path, text.encode())
    return schemas.Sent(topic=branch(device_id) + path)


@router.put("/devices/{device_id}/metadata/{name}", responses=refusals(400, 401, 404, 409, 413, 422))
async def write_metadata(
    device_id: DeviceId, name: Datastream, new: schemas.Write, desk: AtDesk, owner: Owner
) -> schemas.Value:
    """Keep a metadata field; a device that is online is told at once, on `downlink/meta/NAME`."""
    path, text = f"downlink/meta/{name}", as_text(new.value)
    _check_size(device_id, path, text)
    at = await asyncio.to_thread(desk.devices.write_metadata, owner, device_id, name, text)
    if desk.door.online(device_id):
        await desk.door.send(device_id, path, text.encode())
    return schemas.Value(value=text, at=at)


@router.post(
    "/devices/{device_id}/commands", status_code=202, responses=refusals(400, 401, 404, 409, 413, 422, 504)
)
async def command_device(
    device_id: DeviceId, new: schemas.Command, desk: AtDesk, owner: Owner
) -> schemas.Sent:
    """Order one of your devices to do something, on `downlink/COMMAND`. 409 when it is offline.

    `ping` is sent at QoS 1, and answered when the device has acknowledged it.
    """
    await _reachable(desk, owner, device_id)
    path = f"downlink/{new.command}"
    if new.command != "ping":
        await desk.door.send(device_id, path, new.text.encode())
    elif not await desk.door.ping(device_id):
        raise Problem(504, f"the device has not answered within {PONG_WITHIN} seconds")
    return schemas.Sent(topic=branch(device_id) + path)


@router.delete("/devices/{device_id}", status_code=204, responses=refusals(401, 404, 422))
async def delete_device(device_id: DeviceId, desk: AtDesk, owner: Owner) -> None:
    """Forget a device: its token dies and its connection is closed at once."""
    await desk.door.dismiss(device_id, asyncio.to_thread(desk.devices.delete, owner, device_id))


async def _reachable(desk: Desk, owner: int, device_id: str) -> None:
    """Check that the device is the owner's and online. Raises Problem."""
    await asyncio.to_thread(desk.devices.one, owner, device_id)
    if not desk.door.online(device_id):
        raise Problem(409, "the device is offline; try again when it is online")


def _check_size(device_id: str, path: str, text: str) -> None:
    if not fits(device_id, path, text.encode()):
        raise Problem(422, f"value: a message holds {LARGEST} bytes with its topic, this one is larger")


def _shown(desk: Desk, seen: Seen) -> schemas.Device:
    device = seen.device
    return schemas.Device(
        id=device.id,
        name=device.name,
        template=device.template,
        online=desk.door.online(device.id),
        last_seen=device.last_seen or device.created_at,
        firmware=device.firmware,
        created_at=device.created_at,
        first_seen=device.first_seen or device.created_at,
        values=_values(seen.values),
        metadata=_values(seen.metadata),
    )


def _values(kept: Kept) -> dict[str, schemas.Value]:
    return {name: schemas.Value(value=value, at=at) for name, (value, at) in kept.items()}
