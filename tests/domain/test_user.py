import pytest

from domain.email import email_spelled
from domain.errors import Invalid
from domain.user import password_checked


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
