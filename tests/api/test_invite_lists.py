"""Lists of invitations: those that wait come first, and none is beyond reach, in doors and pages alike."""

import re

import httpx
import pytest

from tests.api.conftest import World

NAMES = ("ann", "ben", "cat", "dan")


@pytest.fixture
async def invited(alice: httpx.AsyncClient, world: World) -> None:
    """Four were invited, one after the other; Dan's and Ben's invitations are taken back."""
    for name in NAMES:
        body = {"email": f"{name}@example.com", "role": "member"}
        made = (await alice.post(f"{world.acme_path}/invites", json=body)).json()
        if name in ("dan", "ben"):
            await alice.post(f"/v1/invites/{made['id']}/revoke")


async def test_who_is_waited_for_comes_first_then_the_newest(
    alice: httpx.AsyncClient, world: World, invited: None
) -> None:
    found, cursor = list[str](), None
    for _ in NAMES:
        asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await alice.get(f"{world.acme_path}/invites", params=asked)).json()
        found += [invite["email"].partition("@")[0] for invite in page["items"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == (["cat", "ann", "dan", "ben"], None)


async def test_a_cursor_of_another_list_is_refused(alice: httpx.AsyncClient, world: World) -> None:
    answer = await alice.get(f"{world.acme_path}/invites", params={"cursor": "bm9uZQ"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_the_page_leads_to_what_does_not_fit_on_it(alice: httpx.AsyncClient, invited: None) -> None:
    seen, path = list[str](), "/portal/members?limit=1"
    for _ in NAMES:
        html = (await alice.get(path)).text
        seen += re.findall(r"Invite sent to (\w+)@", html)
        found = re.search(r'href="([^"]+)#invites-title">Next page', html)
        path = found[1].replace("&amp;", "&") if found else ""
    assert (seen, path) == (["cat", "ann"], "")


async def test_the_staffs_page_has_a_pager_too(stella: httpx.AsyncClient) -> None:
    for name in NAMES:
        await stella.post("/v1/staff/invites", json={"email": f"{name}@example.com", "role": "admin"})
    html = (await stella.get("/console/staff?limit=3")).text
    assert "Next page" in html
    assert html.count("Invite sent to") == 3
