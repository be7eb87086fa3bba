"""The web application: routes, error shape, OpenAPI pages at `/docs` and `/openapi.json`."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute

from firstlight.cloud.api import errors, fleet, people, provisioning, schemas
from firstlight.cloud.api.desk import AtDesk, Desk

_ABOUT = """Accounts, dynamic tokens, claim codes and devices.

All times are Unix seconds, UTC. Every answer from 400 on is `{"error": "…"}`.
"""


def build(desk: Desk) -> FastAPI:
    """Return the application that serves `desk`."""
    app = FastAPI(
        title="Firstlight cloud",
        version="1",
        description=_ABOUT,
        redoc_url=None,
        strict_content_type=False,  # small devices may leave the header out; we use no cookies to protect
        generate_unique_id_function=_operation_id,
    )
    app.state.desk = desk
    errors.install(app)
    for router in (people.router, provisioning.router, fleet.router):
        app.include_router(router, prefix="/api/v1")
    app.add_api_route("/api/v1/health", health, tags=["health"])
    return app


def health(desk: AtDesk) -> schemas.Health:
    """Tell that the cloud is up, and its time."""
    return schemas.Health(status="ok", utc=int(desk.clock()))


def _operation_id(route: APIRoute) -> str:
    return route.name
