"""Every refusal in one shape, with no secret in it: `{"error": "…"}`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from firstlight.cloud.api.schemas import Error
from firstlight.cloud.problems import Problem

MOST_BYTES = 2048  # of a request's body
_DRAINED_BYTES = 65536  # read, of one that is larger: who is still sending when we close sees no answer

_MEANINGS = {
    400: "The body is not JSON.",
    401: "Not signed in, or wrong e-mail address or password.",
    404: "There is no such thing, or it is not yours.",
    409: "It does not fit the state of things.",
    413: f"The body has more than {MOST_BYTES} bytes.",
    422: "A field is missing, unknown or out of range.",
    429: "Too many tries; `Retry-After` tells how many seconds to wait.",
    504: "The device does not answer.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the errors a route may answer."""
    return {status: {"model": Error, "description": _MEANINGS[status]} for status in statuses}


def install(app: FastAPI) -> None:
    """Make `app` answer every error in our shape, and refuse large bodies."""
    app.add_middleware(_BodyLimit)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _answer(status: int, text: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": text}, status_code=status, headers=headers)


async def _problem(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(problem.status, problem.text, headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Name the first field that is wrong. What was in it stays unsaid: it may be a password."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _answer(400, "the body is not JSON")
    if first["type"] == "model_attributes_type":
        return _answer(422, "the body is no JSON object; send one, as Content-Type: application/json")
    field = ".".join(str(part) for part in first["loc"][1:] if isinstance(part, str)) or "the body"
    return _answer(422, f"{field}: {first['msg'].removeprefix('Value error, ')}")


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(error.status_code, str(error.detail).lower(), dict(error.headers or {}))


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(500, "an error of ours; it is in the cloud's log")


class _BodyLimit:
    """Reads each body whole, which is little, and stops one that is more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body, size, more = bytearray(), 0, True
        while more and size <= _DRAINED_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            piece = message.get("body", b"")
            size += len(piece)
            body += piece if size <= MOST_BYTES else b""
            more = message.get("more_body", False)
        if size > MOST_BYTES:
            refusal = _answer(413, f"the body has more than {MOST_BYTES} bytes", {"Connection": "close"})
            return await refusal(scope, receive, send)
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        return await self._app(scope, again, send)
