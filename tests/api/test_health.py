import httpx
import psycopg
from fastapi import FastAPI

from api.app import create_app
from db.engine import Database
from gateways.settings import Settings
from tests.api.conftest import browser


async def test_alive_whatever_else_is_down(nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/healthz")).json() == {"status": "ok"}


async def test_without_temporal_the_doors_stay_open_and_say_what_is_away(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["not_ready"] == ["temporal"]
    assert answer.json()["parts"]["migrations"] == "ok"


async def test_who_waits_for_the_whole_is_told_that_temporal_is_missing(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/readyz?whole=true")
    assert (answer.status_code, answer.json()["not_ready"]) == (503, ["temporal"])


async def test_an_older_schema_is_not_ready_and_the_remedy_is_named(
    nobody: httpx.AsyncClient, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '0001'")
    answer = await nobody.get("/readyz")
    assert answer.status_code == 503
    assert "backoffice migrate" in answer.json()["parts"]["migrations"]


async def test_an_unreachable_database_is_not_ready() -> None:
    settings = Settings.read({"DATABASE_URL": "postgresql://postgres@127.0.0.1:9/none"})
    app = create_app(settings)
    app.state.database = Database.open(settings.database_url)
    try:
        answer = await browser(app).get("/readyz")
    finally:
        await app.state.database.close()
    assert answer.status_code == 503
    assert set(answer.json()["not_ready"]) == {"database", "migrations", "temporal"}


async def test_metrics_count_requests_by_route_not_by_id(app: FastAPI, staff_key: httpx.AsyncClient) -> None:
    await staff_key.get("/v1/organizations/org_" + "0" * 32)
    text = (await staff_key.get("/metrics")).text
    assert 'route="/v1/organizations/{organization_id}",status="404"' in text
    assert "org_000" not in text
