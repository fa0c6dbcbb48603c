import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from api.body_limit import DEFAULT_BYTES
from tests.api.conftest import browser

PROBLEM = "application/problem+json"


async def test_an_unknown_path_and_a_wrong_method_are_problems(nobody: httpx.AsyncClient) -> None:
    for answer, status in (
        (await nobody.get("/v1/nothing"), 404),
        (await nobody.put("/v1/organizations"), 405),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_every_fault_of_a_body_is_named_with_its_field(staff_key: httpx.AsyncClient) -> None:
    answer = await staff_key.post("/v1/organizations", json={"name": 7, "billing_mode": "free"})
    fields = {fault["field"] for fault in answer.json()["errors"]}
    assert {"body.name", "body.billing_mode", "body.currency"} <= fields
    assert answer.status_code == 422


async def test_broken_json_says_where(staff_key: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await staff_key.post("/v1/organizations", content=b'{"name": "Acme",,}', headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.16")


async def test_the_callers_request_id_is_used_if_it_is_harmless(nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/healthz", headers={"X-Request-Id": "abc-1"})).headers[
        "x-request-id"
    ] == "abc-1"
    odd = await nobody.get("/healthz", headers={"X-Request-Id": "a b{}"})
    assert odd.headers["x-request-id"] != "a b{}"


async def test_a_large_body_is_413_by_its_announced_length(staff_key: httpx.AsyncClient) -> None:
    answer = await staff_key.post("/v1/organizations", content=b"x" * (DEFAULT_BYTES + 1))
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, DEFAULT_BYTES)


async def test_a_large_body_in_chunks_is_413_too(staff_key: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * (DEFAULT_BYTES // 10)

    answer = await staff_key.post("/v1/organizations", content=chunks())
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)


@pytest.mark.parametrize("body", [b'{"name": "a\\u0000b"}', b'{"name": "a\\\\\\u0000"}'])
async def test_a_nul_character_is_refused_before_it_reaches_a_column(
    staff_key: httpx.AsyncClient, body: bytes
) -> None:
    answer = await staff_key.post(
        "/v1/organizations", content=body, headers={"Content-Type": "application/json"}
    )
    assert "NUL" in answer.json()["detail"]
    assert (await staff_key.get("/v1/organizations?search=%00")).status_code == 422


async def test_a_mistake_of_ours_is_500_without_its_trace_and_logged(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    app.add_api_route("/broken", broken)
    with caplog.at_level(logging.ERROR):
        answer = await browser(app).get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret detail" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert 'route="/broken",status="500"' in (await browser(app).get("/metrics")).text


async def test_a_mistake_of_ours_in_a_page_is_told_as_a_page_without_its_trace(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("a secret detail")

    app.add_api_route("/portal/broken", broken)
    with caplog.at_level(logging.ERROR):
        answer = await browser(app).get("/portal/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "a secret detail" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


async def test_a_malformed_id_in_the_path_names_nothing_and_in_the_query_is_a_fault(
    staff_key: httpx.AsyncClient,
) -> None:
    assert (await staff_key.get("/v1/organizations/org_nope")).status_code == 404
    answer = await staff_key.get("/v1/audit", params={"organization_id": "org_nope"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_identifier")
