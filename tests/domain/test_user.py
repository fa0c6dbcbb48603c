from datetime import UTC, datetime, timedelta

import pytest

from domain.email import email_spelled
from domain.errors import Invalid
from domain.user import FAILURES_ALLOWED, LONGEST_LOCK, lock_after, password_checked

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_few_mistakes_lock_nothing_and_more_lock_longer_and_longer() -> None:
    assert lock_after(FAILURES_ALLOWED - 1, NOW) is None
    assert lock_after(FAILURES_ALLOWED, NOW) == NOW + timedelta(minutes=1)
    assert lock_after(FAILURES_ALLOWED + 2, NOW) == NOW + timedelta(minutes=4)
    assert lock_after(10_000, NOW) == NOW + LONGEST_LOCK


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(Invalid, match="12 to 200"):
        password_checked(password)


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "a b@example.com", "a@-x.com", "a@example.com\x00", "@example.com"]
)
def test_what_cannot_be_an_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="e-mail"):
        email_spelled(text)


def test_an_address_has_one_spelling() -> None:
    assert email_spelled(" Ada.Lovelace+x@Example.CO.uk ") == "ada.lovelace+x@example.co.uk"
