"""Identifiers: sorted by time, shown with a prefix, read back strictly."""

import pytest

from domain.errors import BadIdentifier
from domain.ids import new_id, read, show


def test_an_identifier_survives_its_shown_form() -> None:
    identifier = new_id()
    assert read("org", show("org", identifier)) == identifier


def test_identifiers_are_uuids_of_version_seven() -> None:
    identifier = new_id()
    assert (identifier.version, identifier.variant) == (7, "specified in RFC 4122")


@pytest.mark.parametrize(
    "text", ["", "org_", "in_" + "0" * 32, "org_" + "g" * 32, "org_" + "0" * 31, "0" * 32]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadIdentifier):
        read("org", text)
