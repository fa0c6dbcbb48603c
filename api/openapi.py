"""The published description: who may call each route, how to sign in, and what a refusal looks like."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api.cookies import SESSION_COOKIE, cookie_name
from api.identities import CSRF_HEADER
from api.problems import MEDIA_TYPE, Problem
from api.security import PERMISSION_MARK, PUBLIC_MARK, Needs

BEARER, COOKIE = "api_key", "session"
_REFUSALS = {
    "401": "Nobody could be recognized",
    "403": "Known, but without the permission",
    "404": "There is no such thing, or it is another organization's",
    "409": "It exists already, its state does not allow this, or the key was used with another request",
    "422": "A field cannot be what it says; `errors` names each",
}
_DESCRIPTION = """Usage in, invoices out. Money is a decimal string, times are RFC 3339 in UTC, ids carry a
prefix. Every refusal is `application/problem+json` with a stable `code`. Send `Idempotency-Key` with a POST
that creates or moves something: the same key and body get the same answer."""


@dataclass(frozen=True, slots=True)
class Door:
    """A route as it can be called: what it needs, or why it needs nothing."""

    method: str
    path: str
    permissions: tuple[str, ...]
    public: str | None


def doors(app: FastAPI) -> Iterator[Door]:
    """Every way into the application, also bare routes and mounted ones."""
    for found in iter_route_contexts(app.routes):
        if found.path is None or found.endpoint is None:
            continue
        marked: str | None = getattr(found.endpoint, PERMISSION_MARK, None)
        needed = {marked} if marked else set(_needed(getattr(found, "dependant", None)))
        reason = getattr(found.endpoint, PUBLIC_MARK, None)
        for method in sorted((found.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            yield Door(method, found.path, tuple(sorted(needed)), reason)


def _needed(dependant: Dependant | None) -> Iterator[str]:
    """The permissions that a route's dependencies ask for, at any depth."""
    if dependant is None:
        return
    if isinstance(dependant.call, Needs):
        yield dependant.call.permission
    for inner in dependant.dependencies:
        yield from _needed(inner)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="Backoffice",
            version=app.version,
            description=_DESCRIPTION,
            routes=app.routes,
        )
        parts = schema.setdefault("components", {})
        parts["securitySchemes"] = {
            BEARER: {"type": "http", "scheme": "bearer", "description": "An API key: bo_live_… or bo_test_…"},
            COOKIE: {
                "type": "apiKey",
                "in": "cookie",
                "name": cookie_name(app.state.settings, SESSION_COOKIE),
                "description": f"A console session; changes also carry {CSRF_HEADER}",
            },
        }
        shapes = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        inner = shapes.pop("$defs", {})
        parts.setdefault("schemas", {}).update({**inner, "Problem": shapes})
        _describe_doors(app, schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _describe_doors(app: FastAPI, schema: dict[str, Any]) -> None:
    """Adds permission, sign-in and refusals to each operation."""
    for door in doors(app):
        operation = schema["paths"].get(door.path, {}).get(door.method.lower())
        if operation is None:
            continue
        _describe_refusals(operation, needs_key=bool(door.permissions))
        if not door.permissions:
            operation["security"] = []
            continue
        operation["security"] = [{BEARER: []}, {COOKIE: []}]
        operation["x-permissions"] = list(door.permissions)
        named = " and ".join(f"`{permission}`" for permission in door.permissions)
        described = operation.get("description", "")
        operation["description"] = f"{described}\n\nPermission: {named}".strip()


def _describe_refusals(operation: dict[str, Any], *, needs_key: bool) -> None:
    """The problem answers of one operation."""
    answer = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, description in _REFUSALS.items():
        if needs_key or status not in {"401", "403"}:
            operation["responses"][status] = {"description": description, **answer}
    operation["responses"]["default"] = {"description": "Any other refusal", **answer}
