"""Addresses in the log: without what opens a door."""

import pytest

from api.logged import logged_path
from domain.ids import new_id, show
from domain.user import new_token

ORGANIZATION = f"/v1/organizations/{show('org', new_id())}/members"


@pytest.mark.parametrize("path", ["/invite/{}", "/invite/{}/join", "/password/reset/{}"])
def test_the_token_of_a_link_is_left_out(path: str) -> None:
    assert logged_path(path.format(new_token())) == path.format("…")


def test_what_things_are_called_stays() -> None:
    assert logged_path(ORGANIZATION) == ORGANIZATION
