"""Routes for the devices of an account."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path

from firstlight.cloud.api import schemas
from firstlight.cloud.api.desk import AtDesk, Desk, Owner
from firstlight.cloud.api.errors import refusals
from firstlight.cloud.devices import Seen
from firstlight.cloud.door import branch
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
    path, payload = f"downlink/ds/{name}", as_text(new.value).encode()
    topic = branch(device_id) + path
    if len(topic.encode()) + 2 + len(payload) > LARGEST:
        raise Problem(422, f"value: a message holds {LARGEST} bytes with its topic, this one is larger")
    await desk.door.send(device_id, path, payload)
    return schemas.Sent(topic=topic)


@router.post(
    "/devices/{device_id}/commands", status_code=202, responses=refusals(400, 401, 404, 409, 413, 422)
)
async def command_device(
    device_id: DeviceId, new: schemas.Command, desk: AtDesk, owner: Owner
) -> schemas.Sent:
    """Order one of your devices to do something, on `downlink/COMMAND`. 409 when it is offline."""
    await _reachable(desk, owner, device_id)
    path = f"downlink/{new.command}"
    await desk.door.send(device_id, path, b"")
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
        values={name: schemas.Value(value=value, at=at) for name, (value, at) in seen.values.items()},
    )
