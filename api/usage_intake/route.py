"""`POST /v1/usage`: good records are kept when others are rejected; answered after the commit that holds them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.routing import APIRoute
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response

from activities.intake import UsageIntake
from api.security import admit, declares
from api.usage_intake.body import read_records, unpack
from api.usage_intake.lines import Door
from domain.usage_record import DUPLICATE, QUARANTINED, REMEDIES, Rejection

_LARGE_GZIP = 200_000
USAGE_RECORDS = Counter("backoffice_usage_records_total", "Usage records by what became of them", ["verdict"])
_COUNTERS = [
    USAGE_RECORDS.labels(verdict) for verdict in ("accepted", "quarantined", "duplicate", "rejected")
]


class Answer(msgspec.Struct):
    """What became of a call's records; `accepted` counts the quarantined ones too."""

    accepted: int
    duplicates: int
    quarantined: int
    rejected: list[Rejection]


OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "maxItems": 10_000, "items": {"type": "object"}}
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    },
}

router = APIRouter(tags=["usage"], route_class=APIRoute)


@router.post(
    "/v1/usage",
    openapi_extra=OPENAPI,
    summary="Report usage",
    description=(
        "1 to 10,000 records and 16 MiB a call, as a JSON array or NDJSON, optionally gzip. Repeating a record is harmless: "
        "its identity is (organization_id, id); other content under the same id is rejected as a conflict."
    ),
)
@declares("usage:write")
async def report_usage(request: Request) -> Response:
    """Takes records in."""
    principal = await admit(request, "usage:write")
    body = await request.body()
    if request.headers.get("content-encoding", "").lower() == "gzip":
        body = await asyncio.to_thread(unpack, body) if len(body) > _LARGE_GZIP else unpack(body)
    good, rejected = read_records(
        body, request.headers.get("content-type", "").partition(";")[0].strip().lower()
    )
    door = Door(principal, datetime.now(UTC), rejected)
    checked = door.check(good)
    intake: UsageIntake = request.app.state.usage_intake
    verdicts = await intake.submit(checked) if checked.lines else {}
    answer = _answer(door, checked.keys, verdicts)
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _answer(door: Door, keys: Sequence[tuple[str, str]], verdicts: dict[int, str]) -> Answer:
    duplicates = quarantined = 0
    for position, verdict in verdicts.items():
        if verdict == DUPLICATE:
            duplicates += 1
        elif verdict == QUARANTINED:
            quarantined += 1
        else:
            door.rejected.append(
                Rejection(door.indexes[position], keys[position][1], verdict, REMEDIES[verdict])
            )
    door.rejected.sort(key=lambda rejection: rejection.index)
    accepted = len(keys) - len(verdicts) + quarantined
    _count(accepted - quarantined, quarantined, duplicates, len(door.rejected))
    return Answer(accepted, duplicates, quarantined, door.rejected)


def _count(*counts: int) -> None:
    """Adds what became of a call's records, in the order of the counters."""
    for counter, count in zip(_COUNTERS, counts, strict=True):
        if count:
            counter.inc(count)
