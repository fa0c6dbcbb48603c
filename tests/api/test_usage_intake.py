"""POST /v1/usage: good records are kept, bad ones named, repeats harmless, strangers refused."""

import gzip
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text

from domain.ids import new_id, show
from tests.api.conftest import World, with_key
from tests.world import a_price

pytestmark = pytest.mark.usefixtures("world")


def record(organization_id: UUID, name: str = "r1", **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "organization_id": show("org", organization_id),
        "occurred_at": "2026-10-05T12:00:00.1234567Z",
        "provider": "openai",
        "model": "gpt-5",
        "input_tokens": 1000,
        "output_tokens": 100,
        **changes,
    }


@pytest.fixture
async def gateway(app: FastAPI, world: World) -> httpx.AsyncClient:
    await a_price(app.state.database)
    return await with_key(app, "usage:write")


async def stored(app: FastAPI) -> int:
    async with app.state.database.begin() as tx:
        return int((await tx.execute(text("select count(*) from usage"))).scalar_one())


async def test_records_are_accepted_once(gateway: httpx.AsyncClient, world: World) -> None:
    body = [record(world.acme, "a"), record(world.acme, "b")]
    first = await gateway.post("/v1/usage", json=body)
    again = await gateway.post("/v1/usage", json=body)
    assert first.json() == {"accepted": 2, "duplicates": 0, "quarantined": 0, "rejected": []}
    assert again.json() == {"accepted": 0, "duplicates": 2, "quarantined": 0, "rejected": []}


async def test_good_records_are_kept_when_others_are_rejected(
    gateway: httpx.AsyncClient, world: World
) -> None:
    body = [
        record(world.acme, "good"),
        record(world.acme, "negative", input_tokens=-1),
        record(world.acme, "typo", cached_tokens=3),
        record(world.acme, "more cached than input", cached_input_tokens=1001),
        record(world.acme, "later", occurred_at="2099-01-01T00:00:00Z"),
        record(world.acme, "zone", occurred_at="2026-10-05T12:00:00"),
        record(new_id(), "who"),
        {"id": "empty"},
        17,
    ]
    answer = (await gateway.post("/v1/usage", json=body)).json()
    assert answer["accepted"] == 1
    assert [(r["index"], r["id"], r["code"]) for r in answer["rejected"]] == [
        (1, "negative", "invalid"),
        (2, "typo", "invalid"),
        (3, "more cached than input", "invalid"),
        (4, "later", "in_future"),
        (5, "zone", "invalid"),
        (6, "who", "unknown_organization"),
        (7, "empty", "invalid"),
        (8, None, "invalid"),
    ]
    assert "cached_tokens" in answer["rejected"][1]["detail"]
    assert answer["rejected"][0]["detail"].startswith("input_tokens: ")


async def test_a_changed_record_under_an_old_id_is_a_conflict(
    gateway: httpx.AsyncClient, world: World
) -> None:
    await gateway.post("/v1/usage", json=[record(world.acme)])
    answer = (await gateway.post("/v1/usage", json=[record(world.acme, response={"text": "hi"})])).json()
    assert [(r["id"], r["code"]) for r in answer["rejected"]] == [("r1", "conflict")]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\n"])
async def test_lines_of_json_are_taken_too(gateway: httpx.AsyncClient, world: World, separator: str) -> None:
    lines = separator.join(json.dumps(record(world.acme, f"r{n}")) for n in range(3)) + "\n{broken"
    answer = await gateway.post("/v1/usage", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.json()["accepted"] == 3
    assert answer.json()["rejected"][0]["code"] == "malformed"


async def test_a_gzip_body_is_unpacked(gateway: httpx.AsyncClient, world: World) -> None:
    body = gzip.compress(json.dumps([record(world.acme)]).encode())
    answer = await gateway.post("/v1/usage", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.json()["accepted"] == 1


async def test_gzip_files_in_a_row_are_one_body(gateway: httpx.AsyncClient, world: World) -> None:
    lines = [json.dumps(record(world.acme, name)).encode() + b"\n" for name in ("a", "b")]
    body = b"".join(gzip.compress(line) for line in lines)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"}
    answer = await gateway.post("/v1/usage", content=body, headers=headers)
    assert answer.json()["accepted"] == 2


async def test_a_record_nested_without_end_spoils_itself_only(
    gateway: httpx.AsyncClient, world: World
) -> None:
    deep = json.dumps(record(world.acme, "deep"))[:-1] + ', "request": ' + "[" * 9_000 + "]" * 9_000 + "}"
    body = f"{deep}\n{json.dumps(record(world.acme))}"
    headers = {"Content-Type": "application/x-ndjson"}
    answer = await gateway.post("/v1/usage", content=body, headers=headers)
    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"][0]["code"] == "malformed"


@pytest.mark.parametrize(
    ("body", "headers", "says"),
    [
        (b"\x1f\x8b\x08nonsense", {"Content-Encoding": "gzip"}, "gzip"),
        (gzip.compress(b"[]" * 99, mtime=0)[:-9], {"Content-Encoding": "gzip"}, "ends too early, at byte"),
        (b'[{"id": "a"}, {"id" "b"}]', {}, "line 1, column 21"),
        (b"[]", {}, "between 1 and 10,000"),
        (b'"text"', {}, "array"),
        (b"[" * 100_000, {}, "nested too deeply"),
        (gzip.compress(b"[]", mtime=0) + b"rest", {"Content-Encoding": "gzip"}, "cannot be unpacked"),
    ],
)
async def test_a_body_that_cannot_be_read_says_where(
    gateway: httpx.AsyncClient, body: bytes, headers: dict[str, str], says: str
) -> None:
    answer = await gateway.post("/v1/usage", content=body, headers=headers)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


async def test_too_many_records_and_too_many_bytes_are_refused(
    gateway: httpx.AsyncClient, world: World
) -> None:
    many = await gateway.post("/v1/usage", json=[record(world.acme, str(n)) for n in range(10_001)])
    large = await gateway.post("/v1/usage", content=b"[" + b" " * 16_777_216)
    bomb = await gateway.post(
        "/v1/usage", content=gzip.compress(b" " * 20_000_000), headers={"Content-Encoding": "gzip"}
    )
    assert [answer.status_code for answer in (many, large, bomb)] == [413, 413, 413]
    assert many.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("odd", ["tab\there", "line\nend", "back\\slash", "ünïcode 💶", "quote'\"", "\\N"])
async def test_any_text_survives_the_way_in(
    app: FastAPI, gateway: httpx.AsyncClient, world: World, odd: str
) -> None:
    sent = record(world.acme, odd, bot_id=odd, request={"prompt": odd})
    answer = await gateway.post("/v1/usage", json=[sent])
    assert answer.json()["accepted"] == 1
    async with app.state.database.begin() as tx:
        row = (
            await tx.execute(text("select u.id, bot_id, request from usage u join usage_payloads using (id)"))
        ).one()
    assert (row.id, row.bot_id, json.loads(row.request)) == (odd, odd, {"prompt": odd})


async def test_text_that_no_database_can_hold_is_refused_alone(
    gateway: httpx.AsyncClient, world: World
) -> None:
    raw = json.dumps(
        [
            record(world.acme, "good"),
            record(world.acme, "nul", user="a\x00b"),
            record(world.acme, "half", user="\ud800"),
        ]
    )
    answer = (await gateway.post("/v1/usage", content=raw)).json()
    assert (answer["accepted"], [r["id"] for r in answer["rejected"]]) == (1, ["nul", None])


async def test_a_caller_who_leaves_is_no_fault_and_was_counted_while_here(
    app: FastAPI, gateway: httpx.AsyncClient
) -> None:
    def counted(**labels: str) -> float:
        return REGISTRY.get_sample_value("backoffice_http_requests_total", labels) or 0

    async def leave() -> dict[str, str]:
        assert REGISTRY.get_sample_value("backoffice_http_requests_open") == before + 1
        return {"type": "http.disconnect"}

    async def nobody_is_answered(message: object) -> None:
        raise AssertionError(message)

    before = REGISTRY.get_sample_value("backoffice_http_requests_open") or 0
    left = counted(method="POST", route="/v1/usage", status="499")
    headers = [(b"authorization", gateway.headers["Authorization"].encode()), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": "/v1/usage", "headers": headers, "query_string": b""}
    await app(scope, leave, nobody_is_answered)
    assert counted(method="POST", route="/v1/usage", status="499") == left + 1


async def test_an_organizations_key_reports_for_itself_only(
    app: FastAPI, gateway: httpx.AsyncClient, world: World
) -> None:
    charlie = await with_key(app, "usage:write", organization_id=world.other)
    answer = (await charlie.post("/v1/usage", json=[record(world.acme), record(world.other)])).json()
    assert (answer["accepted"], [r["code"] for r in answer["rejected"]]) == (1, ["unknown_organization"])


async def test_who_may_not_report_is_refused(
    app: FastAPI, gateway: httpx.AsyncClient, nobody: httpx.AsyncClient, world: World
) -> None:
    reader = await with_key(app, "usage:read", organization_id=world.acme)
    answers = [await client.post("/v1/usage", json=[record(world.acme)]) for client in (reader, nobody)]
    assert [answer.status_code for answer in answers] == [403, 401]
    assert await stored(app) == 0
