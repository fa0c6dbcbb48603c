import pytest

from domain.email import email_spelled
from domain.errors import Invalid


@pytest.mark.parametrize(
    "text", ["", "a", "a@b", "a b@example.com", "a@-x.com", "a@example.com\x00", "@example.com"]
)
def test_what_cannot_be_an_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="e-mail"):
        email_spelled(text)


def test_an_address_has_one_spelling() -> None:
    assert email_spelled(" Ada.Lovelace+x@Example.CO.uk ") == "ada.lovelace+x@example.co.uk"
