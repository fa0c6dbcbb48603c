"""Scripts, styles and icons: read once, named by their content, kept by browsers for a year."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

_HERE = Path(__file__).parent
_STATIC, _ICONS = _HERE / "static", _HERE / "icons"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
PREFIX = "/console/static"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; `packed` is its gzip form."""

    media_type: str
    body: bytes
    packed: bytes
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Every servable file by its path below `static/`."""
    found = (path for path in sorted(_STATIC.rglob("*")) if path.suffix in _TYPES)
    return {path.relative_to(_STATIC).as_posix(): _read(path) for path in found}


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(_TYPES[path.suffix], body, gzip.compress(body, 6, mtime=0), digest)


def asset_url(name: str) -> str:
    """Where a file is served under its content's digest.

    Raises:
        KeyError: there is no such file; a mistake in a template.
    """
    return f"{PREFIX}/{assets()[name].digest}/{name}"


@cache
def icon(name: str) -> Markup:
    """A Tabler icon as inline SVG, hidden from screen readers: the words beside it say what it means.

    Raises:
        FileNotFoundError: the icon is not in `icons/`; a mistake in a template.
    """
    drawing = (_ICONS / f"{name}.svg").read_text(encoding="utf-8")
    _, _, inner = drawing.partition(">")
    head = (
        '<svg class="icon" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
    )
    return Markup(head + inner.strip())  # noqa: S704 — our own vendored drawings
