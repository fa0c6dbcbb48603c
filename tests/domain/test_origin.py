import pytest

from domain.errors import Invalid
from domain.origin import MOST_ORIGINS, origin_spelled, origins_spelled


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://www.acme.example", "https://www.acme.example"),
        (" HTTPS://WWW.Acme.Example/ ", "https://www.acme.example"),
        ("https://acme.example:443", "https://acme.example"),
        ("https://acme.example:8443", "https://acme.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
    ids=["plain", "case-and-slash", "usual-port", "other-port", "this-machine"],
)
def test_an_origin_is_written_as_browsers_send_it(written: str, sent: str) -> None:
    assert origin_spelled(written) == sent


@pytest.mark.parametrize(
    "text",
    [
        "acme.example",
        "http://acme.example",
        "https://*.acme.example",
        "https://acme.example/page",
        "https://acme.example?x",
        "https://user@acme.example",
        "https://acme.example:99999",
        "ftp://acme.example",
        "https://[::1",
        "null",
        "",
    ],
)
def test_what_is_no_protected_origin_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        origin_spelled(text)


def test_origins_are_named_once_and_not_without_end() -> None:
    assert origins_spelled(["https://b.example", "https://a.example", "https://B.example"]) == (
        "https://a.example",
        "https://b.example",
    )
    for count in (0, MOST_ORIGINS + 1):
        with pytest.raises(Invalid):
            origins_spelled([f"https://{number}.example" for number in range(count)])
