"""Origins of web pages, as browsers send them: scheme, host and port, and nothing else."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from domain.errors import Invalid

_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_LOCAL = frozenset({"localhost", "127.0.0.1"})
_USUAL_PORTS = {"https": 443, "http": 80}
MOST_ORIGINS = 20


def origins_spelled(texts: Sequence[str]) -> tuple[str, ...]:
    """Each origin once, in its one spelling.

    Raises:
        Invalid: one is none, or there are none or too many.
    """
    if not 1 <= len(texts) <= MOST_ORIGINS:
        raise Invalid(f"origins: name 1 to {MOST_ORIGINS}, for example https://www.acme.example")
    return tuple(sorted({origin_spelled(text) for text in texts}))


def origin_spelled(text: str) -> str:
    """The origin in the one spelling in which browsers send it.

    Raises:
        Invalid: it is none, names more than an origin, or is not protected by TLS.
    """
    try:
        parts = urlsplit(text.strip().lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _invalid(text) from None
    more = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username
    if more or not _HOST.fullmatch(host) or parts.scheme not in _USUAL_PORTS:
        raise _invalid(text)
    if parts.scheme == "http" and host not in _LOCAL:
        raise Invalid(f"origins: '{text[:100]}' is not protected; only this machine may be http://")
    usual = port is None or port == _USUAL_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")


def _invalid(text: str) -> Invalid:
    return Invalid(
        f"origins: '{text[:100]}' is not an origin; write scheme and host, for example https://www.acme.example"
    )
