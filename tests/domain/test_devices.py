from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.devices import device_named, occasion

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
)
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        (PIXEL, "Chrome on Android"),
        ("curl/8.14", "curl"),
        ("", "An unknown browser"),
    ],
)
def test_a_browser_is_named_in_plain_words(agent: str, words: str) -> None:
    assert device_named(agent) == words


def test_a_letter_is_written_once_for_person_network_agent_and_day() -> None:
    morning = datetime(2026, 11, 21, 1, tzinfo=UTC)
    facts: dict[str, Any] = {"user_id": UUID(int=1), "network": "192.0.2.7", "agent": "curl/8", "at": morning}
    others: list[dict[str, Any]] = [
        {"user_id": UUID(int=2)},
        {"network": "192.0.2.8"},
        {"agent": "curl/9"},
        {"at": morning + timedelta(days=1)},
    ]
    assert occasion(**facts) == occasion(**facts | {"at": morning + timedelta(hours=22)})
    assert len({occasion(**facts), *(occasion(**facts | other) for other in others)}) == 5
