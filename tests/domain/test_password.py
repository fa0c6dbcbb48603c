import pytest

from domain.errors import Invalid
from domain.password import password_checked

ADA = ("ada.lovelace@example.com", "Ada Lovelace")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Tr0ub4dor&3 is what",
        "ma plume est bleue",
        "x7#Kq9vLw2!p",
        "Grün wie die Hoffnung",
    ],
)
def test_long_and_unlikely_is_good(password: str) -> None:
    assert password_checked(password, about=ADA) == password


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 to 200"),
        ("x" * 201, "12 to 200"),
        ("aaaaaaaaaaaaaa", "pattern"),
        ("abcdefghijklmn", "pattern"),
        ("123456789012", "pattern"),
        ("98765432109876", "pattern"),
        ("catfishcatfish", "pattern"),
        ("AdaLovelace1815", "name or e-mail"),
        ("ada.lovelace@example.com", "name or e-mail"),
        ("Password1234!", "many people"),
        ("p@ssw0rd2026", "many people"),
        ("1q2w3e4r5t6y", "many people"),
        ("Iloveyou-2024", "many people"),
    ],
)
def test_what_would_be_tried_first_is_refused(password: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        password_checked(password, about=ADA)


def test_a_character_has_one_spelling_however_the_keyboard_writes_it() -> None:
    assert password_checked("Gru\u0308n wie Hoffnung") == "Gr\u00fcn wie Hoffnung"
