"""Every form of the pages, sent with garbage by who may send it: refused in words, never a mistake of ours."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from api.openapi import doors
from domain.ids import new_id
from tests.api.conftest import World, signed_in
from tests.api.things import Things, things_of_acme

GARBAGE = ["", "-1", "9" * 400, "💥\u202e", "org_" + "0" * 32, "a\nb"]
STAYS_SIGNED_IN = {"/sign-out", "/invite/{token}/sign-out", "/portal/members/leave", "/sign-in/confirm"}


def fields_of(app: FastAPI, path: str) -> list[str]:
    """The names of a form's fields, with the one that makes it count once."""
    for found in iter_route_contexts(app.routes):
        if found.path == path and "POST" in (found.methods or set()):
            return ["once", *_fields(found.dependant)]
    return []


def _fields(dependant: Dependant | None) -> Iterator[str]:
    for parameter in dependant.body_params if dependant else []:
        model = parameter.field_info.annotation
        is_model = isinstance(model, type) and issubclass(model, BaseModel)
        yield from model.model_fields if is_model else [parameter.alias]


async def sent(client: httpx.AsyncClient, app: FastAPI, things: Things, text: str) -> list[str]:
    """What broke when every form was filled with this text."""
    broken: list[str] = []
    for door in doors(app):
        if door.method != "POST" or door.path.startswith(("/v1", "/codec")) or door.path in STAYS_SIGNED_IN:
            continue
        path = re.sub(
            r"{([^}]+)}",
            lambda found: things.ids.get(found[1].split(":")[0], quote(text[:40]) or "x"),
            door.path,
        )
        form = dict.fromkeys(fields_of(app, door.path), text) | {"once": new_id().hex}
        status = (await client.post(path, data=form)).status_code
        if status >= 500 and status != 503:
            broken.append(f"{door.path} {text[:20]!r} → {status}")
    return broken


@pytest.mark.parametrize("name", ["stella", "alice"])
async def test_no_form_breaks_whatever_is_written_into_it(app: FastAPI, world: World, name: str) -> None:
    things = await things_of_acme(app, world)
    client = await signed_in(app, name)
    broken = [line for text in GARBAGE for line in await sent(client, app, things, text)]
    assert broken == []
    still = await client.get("/v1/sessions/current")
    assert still.status_code == 200, "an act ended the session: what came after it was only refused"
