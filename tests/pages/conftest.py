"""The console in a real browser, over a real server and database; Stella is of the staff, Alice is a client.

`seen(tab, path)` opens a page wide and narrow, light and dark: axe finds nothing against WCAG 2.2 AA, nothing
breaks the content security policy or writes an error, nothing is wider than the screen, and no table (but those of
check marks) has to be moved sideways on a telephone. With BACKOFFICE_SHOTS=DIR it leaves screenshots there to look at.
"""

import inspect
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    async_playwright,
    expect,
)

from api.app import create_app
from db.engine import Database
from gateways.settings import Settings
from tests import conftest as ground
from tests.api.conftest import PASSWORD
from tests.invitations import steps_of
from tests.pages.month import Month, build_month
from tests.pages.world import World, build
from tests.serving import listening, serving
from tests.temporal import *  # noqa: F403 — the fixtures
from tests.temporal import Temporal, connected, running
from tests.workflows.errand import Errand, who_acts
from workflows.invite import Invite

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES: dict[str, object] = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS: dict[str, object] = {"type": "rule", "values": ["color-contrast"]}
TOO_WIDE = """() => {
  const root = document.documentElement, most = root.clientWidth;
  if (root.scrollWidth <= most) return [];
  return [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > most + 1)
    .map(e => `${e.tagName}.${e.className}`).slice(0, 12);
}"""
TABLES_FIT = """() => [...document.querySelectorAll(".table-responsive")]
  .filter(frame => !frame.matches(".chart-table *") && !frame.querySelector("table.roles"))
  .every(frame => frame.scrollWidth <= frame.clientWidth + 1)"""
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
Seen = Callable[..., Awaitable[None]]
# A page that comes late on a busy machine comes all the same.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of the pages shares the browser's loop."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass(frozen=True)
class Console:
    """A running console."""

    url: str
    app: FastAPI
    database: Database
    world: World


@pytest.fixture(scope="session")
def console_database_url() -> Iterator[str]:
    yield from ground._made(ground._TEMPLATE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def errands(temporal_address: str, console_database_url: str) -> AsyncIterator[Temporal]:
    """A real Temporal with a worker for errands, which wait for three days unless somebody tells them otherwise.

    It follows invitations too: pages make them.
    """
    linked = replace(await connected(temporal_address), ui_url="http://temporal.test")
    database = Database.open(console_database_url, pool_size=2)
    try:
        async with running(linked, [Errand, Invite], [who_acts, *steps_of(database)]):
            yield linked
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def console(console_database_url: str, errands: Temporal) -> AsyncIterator[Console]:
    """The application on a port of its own, with a world in it."""
    database = Database.open(console_database_url, pool_size=8)
    try:
        with listening() as (bound, url):
            settings = Settings.read({"BACKOFFICE_PUBLIC_URL": url})
            app = create_app(settings, database=database, temporal=errands)
            async with serving(app, bound):
                yield Console(url, app, database, await build(database, app))
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def month(console: Console) -> Month:
    """Four more clients with usage, prices and a month-end."""
    return await build_month(console.database)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """The plugin's, in the session's loop."""
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """The Chromium that is installed, in the session's loop."""
    named = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, named)), None)
    assert path, "no Chromium was found: install one, or name it in CHROMIUM"
    launched = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    yield launched
    await launched.close()


@pytest.fixture(scope="session")
def browser_context_args(console: Console) -> dict[str, Any]:
    return {
        "base_url": console.url,
        "viewport": WIDE,
        "locale": "en-US",
        "timezone_id": "America/New_York",
        "color_scheme": "light",
        "reduced_motion": "reduce",
    }


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window(browser: Browser, browser_context_args: dict[str, Any]) -> AsyncIterator[BrowserContext]:
    """One window for all tests: the styles and scripts it has read it does not read again, which halves a visit."""
    opened = await browser.new_context(**browser_context_args)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(window: BrowserContext, console: Console) -> AsyncIterator[BrowserContext]:
    """The window, as if nobody had used it before: no tab, no cookie, nothing that scripts kept."""
    yield window
    if window.pages:
        devtools = await window.new_cdp_session(window.pages[0])
        await devtools.send("Storage.clearDataForOrigin", {"origin": console.url, "storageTypes": "all"})
    for tab in window.pages:
        await tab.close()
    await window.clear_cookies()


@pytest_asyncio.fixture(loop_scope="session")
async def nobody(context: BrowserContext) -> AsyncIterator[Page]:
    """A tab of somebody who is not signed in; what a script complains of fails the test."""
    tab = await context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    refused = "Failed to load resource: the server responded with a status of 4"
    assert [text for text in complaints if not text.startswith(refused)] == []


@pytest_asyncio.fixture(loop_scope="session")
async def tab(nobody: Page) -> Page:
    """Stella's tab."""
    await enter(nobody, "stella")
    return nobody


async def enter(tab: Page, name: str) -> None:
    """Signs in behind the page."""
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    answer = await tab.context.request.post("/v1/sessions", data=body)
    assert answer.status == 201, await answer.text()


@pytest.fixture
def seen() -> Seen:
    """Opens a page in every way in which people look at it."""
    return _seen


async def _seen(tab: Page, path: str | None = None, *, name: str | None = None) -> None:
    if path is not None:
        answer = await tab.goto(path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
    title = name or (path or tab.url).partition("/console")[2].strip("/").replace("/", "-") or "overview"
    for scheme in ("light", "dark"):
        await tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size in (WIDE, NARROW):
            await tab.set_viewport_size(size)
            await _fits(tab)
            if size == NARROW:
                await tab.wait_for_function(TABLES_FIT)
            await _shoot(tab, f"{title}-{size['width']}-{scheme}")
        # The dark page differs in its colours only.
        assert await violations(tab, RULES if scheme == "light" else COLOURS) == [], (title, scheme)
    await tab.set_viewport_size(WIDE)
    await tab.emulate_media(color_scheme="light", reduced_motion="reduce")


async def violations(tab: Page, rules: dict[str, object] = RULES) -> list[tuple[str, str]]:
    """What axe has against the page."""
    if not await tab.evaluate("() => Boolean(window.axe)"):
        await tab.evaluate(AXE)
    run = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
    found = await tab.evaluate(run, rules)
    return [(fault["id"], node["html"][:200]) for fault in found["violations"] for node in fault["nodes"]]


async def _fits(tab: Page) -> None:
    assert await tab.evaluate(TOO_WIDE) == [], f"{tab.url} is wider than the screen"


async def _shoot(tab: Page, name: str) -> None:
    folder = os.environ.get("BACKOFFICE_SHOTS")
    if folder:
        await tab.wait_for_timeout(150)
        await tab.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
