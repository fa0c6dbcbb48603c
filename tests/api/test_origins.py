"""Where a change may come from: our own pages, as a browser names them, at the public address or the one it asked."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from db.engine import Database
from gateways.settings import Settings

PUBLIC = "https://billing.example.com"
LAN = "http://192.0.2.10:8000"
ACCEPT = "/v1/invites/accept"


@pytest.fixture
async def behind_proxy(database: Database) -> AsyncIterator[FastAPI]:
    """The application as browsers reach it at PUBLIC, through a proxy that ends TLS."""
    environ = {"TEMPORAL_ADDRESS": "127.0.0.1:9", "BACKOFFICE_PUBLIC_URL": PUBLIC}
    app = create_app(Settings.read(environ), database=database)
    async with app.router.lifespan_context(app):
        yield app


async def status(app: FastAPI, inner: str, **headers: str) -> int:
    """What accepting with a token that nobody has is answered: 404 when it was let in, 403 when it was foreign."""
    transport = httpx.ASGITransport(app=app)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url=inner, headers=told) as client:
        return (await client.post(ACCEPT, json={"token": "x"})).status_code


async def test_behind_a_proxy_the_public_address_is_ours_whatever_the_proxy_calls_us(
    behind_proxy: FastAPI,
) -> None:
    for inner in ("http://10.0.0.5:8000", PUBLIC):
        assert await status(behind_proxy, inner, Origin=PUBLIC) == 404
        assert await status(behind_proxy, inner, Origin=PUBLIC, Sec_Fetch_Site="same-origin") == 404
        assert await status(behind_proxy, inner, Origin="https://evil.example") == 403
        assert await status(behind_proxy, inner, Origin=PUBLIC, Sec_Fetch_Site="cross-site") == 403
        assert await status(behind_proxy, inner, Origin="null") == 403


async def test_what_a_client_says_of_a_proxy_makes_nobody_ours(behind_proxy: FastAPI) -> None:
    claimed = {
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "https",
        "Forwarded": "host=evil.example",
    }
    assert await status(behind_proxy, "http://10.0.0.5:8000", Origin="https://evil.example", **claimed) == 403


async def test_over_plain_http_by_another_name_our_own_pages_are_ours(app: FastAPI) -> None:
    assert await status(app, LAN, Origin=LAN) == 404
    assert await status(app, LAN, Origin="http://192.0.2.11:8000") == 403


async def test_every_page_lets_the_browser_name_it_to_us_and_to_nobody_else(app: FastAPI) -> None:
    # With no-referrer a browser calls its own page's form "null" where it sends no Sec-Fetch-Site: over plain http.
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=LAN) as client:
        for path in ("/sign-in", "/invite/x", "/password/forgot", "/register", "/sign-on"):
            assert (await client.get(path)).headers["referrer-policy"] == "same-origin", path


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [(PUBLIC, "__Host-backoffice_form", True), (LAN, "backoffice_form", False)],
    ids=["https", "http"],
)
async def test_the_public_address_decides_what_cookies_are_like(
    database: Database, public_url: str, name: str, *, secure: bool
) -> None:
    environ = {"TEMPORAL_ADDRESS": "127.0.0.1:9", "BACKOFFICE_PUBLIC_URL": public_url}
    app = create_app(Settings.read(environ), database=database)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.5:8000") as client:
            cookie = (await client.get("/sign-in")).headers["set-cookie"]
    assert (cookie.startswith(f"{name}="), "Secure" in cookie) == (True, secure)
