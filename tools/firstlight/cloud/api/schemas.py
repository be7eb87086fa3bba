"""The JSON that goes in and out. All times are Unix seconds, UTC."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)

# No password in it: the device has its token.
_SERVER = re.compile(r"mqtts?://([^\s/:@]+@)?[A-Za-z0-9._-]+(:[0-9]{1,5})?(/[^\s+#]*)?")


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    return text


def _scalar(value: object) -> object:
    """Say in one sentence what is wrong, where pydantic would say why each kind does not fit."""
    plain = isinstance(value, (str, int, float))
    if not plain or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("must be text, a number, true or false")
    if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("must be text that UTF-8 can hold")
    return value


def _lower(text: str) -> str:
    return text.lower()


Email = Annotated[
    str,
    Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", examples=["ann@example.com"]),
    AfterValidator(_printable),
    AfterValidator(_lower),
]
Template = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["TMPL4Greenhouse"])]
Name = Annotated[str, Field(min_length=1, max_length=60, examples=["Greenhouse"]), AfterValidator(_printable)]
Time = Annotated[int, Field(description="Unix seconds, UTC", examples=[1785585600])]


class Request(BaseModel):
    """A body: what is not known is refused, so that a misspelt field is found."""

    model_config = ConfigDict(extra="forbid")


class Error(BaseModel):
    """Every answer from 400 on."""

    error: str = Field(description="what is wrong and, where there is one, the remedy")


class Health(BaseModel):
    """The cloud is up."""

    status: str = Field(examples=["ok"])
    utc: Time


class NewAccount(Request):
    """Who wants an account."""

    email: Email
    password: str = Field(min_length=8, max_length=256, json_schema_extra={"format": "password"})


class Account(BaseModel):
    """An account."""

    id: int
    email: str


class Credentials(Request):
    """Who signs in."""

    email: Email
    password: str = Field(max_length=256, json_schema_extra={"format": "password"})


class Session(BaseModel):
    """A signed-in session: send `Authorization: Bearer …` with every request that needs one."""

    bearer: str
    expires_at: Time


class NewDevice(Request):
    """A device to be: its product's template and the name its owner gives it."""

    template: Template
    name: Name


class Token(BaseModel):
    """A dynamic auth token, shown this once."""

    token: str = Field(pattern=r"^[-_a-zA-Z0-9]{32}$", description="the device's MQTT password")
    device_id: str
    server: str = Field(examples=["mqtt://device@cloud.example.com:1883/devices/9f2c4e71a0b35d68"])
    expires_at: Time


class ClaimCode(BaseModel):
    """A one-time code for a device's page."""

    code: str = Field(pattern=r"^[2-9A-HJKMNP-Z]{8}$")
    expires_at: Time


class Claim(Request):
    """What a device shows for its token. The code may be typed in lower case, with spaces or hyphens."""

    code: str = Field(min_length=1, max_length=32)
    uid: str = Field(min_length=1, max_length=64, description="the device's own identity")
    template: Template


class Claimed(BaseModel):
    """The token a device keeps, and the time, for clocks that start in 2000."""

    token: str = Field(pattern=r"^[-_a-zA-Z0-9]{32}$")
    server: str
    utc: Time


class Value(BaseModel):
    """The last value of a datastream or metadata field."""

    value: str
    at: Time


class Device(BaseModel):
    """A device that has logged in at least once."""

    id: str
    name: str
    template: str
    online: bool
    last_seen: Time
    firmware: str | None = Field(description="version in its last `info/mcu`")
    created_at: Time
    first_seen: Time
    values: dict[str, Value]
    metadata: dict[str, Value]


class Write(Request):
    """A value for a datastream; true and false are sent as 1 and 0."""

    value: Annotated[StrictBool | StrictInt | FiniteFloat | StrictStr, BeforeValidator(_scalar)]


class Command(Request):
    """An order. `text` is where `redirect` leads to, or what `diag` tells; the others have none."""

    command: Literal["reconfigure", "reboot", "ping", "redirect", "diag"]
    text: Annotated[str, Field(max_length=255), AfterValidator(_printable)] = ""

    @model_validator(mode="after")
    def _has_its_text(self) -> Command:
        if self.command == "redirect" and not _SERVER.fullmatch(self.text):
            raise ValueError("redirect needs a text such as mqtts://cloud.example.com:8883")
        if self.command == "diag" and not self.text:
            raise ValueError("diag needs a text")
        if self.command not in ("redirect", "diag") and self.text:
            raise ValueError(f"{self.command} takes no text")
        return self


class Sent(BaseModel):
    """It is on its way; MQTT's QoS 0 promises no more."""

    topic: str = Field(examples=["devices/9f2c4e71a0b35d68/downlink/ds/lamp"])
