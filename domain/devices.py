"""What a browser says of itself, in plain words; and when its person is told of it."""

from datetime import datetime
from uuid import UUID

_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-httpx/", "a Python program"),
    ("python-requests/", "a Python program"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


# Browsers kept for one person; a program without cookies is a new one at each sign-in.
MOST_KEPT = 100


def occasion(*, user_id: UUID, network: str, agent: str, at: datetime) -> str:
    """What one letter about a new browser is written for, however often it happens: person, network, agent and day.

    A program that keeps no cookie cannot be known again, and would have its person told at every sign-in. The
    day is UTC's, like the moment in the letter.
    """
    return f"{user_id.hex}\n{network}\n{agent}\n{at.date().isoformat()}"


def device_named(agent: str) -> str:
    """`Mozilla/5.0 (X11; Linux x86_64…) … Firefox/141.0` → `Firefox on Linux`."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"A browser on {system}" if system else "An unknown browser")
