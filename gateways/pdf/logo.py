"""A logo as SVG text, the quickest way into Typst."""

import base64
import struct
from functools import lru_cache

PNG = b"\x89PNG\r\n\x1a\n"


@lru_cache(maxsize=16)
def svg_of(content: bytes | None) -> str:
    """The SVG of a logo: itself, or a PNG wrapped into one; empty where there is none."""
    if content is None:
        return ""
    if not content.startswith(PNG):
        return content.decode()
    width, height = struct.unpack(">II", content[16:24])
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )
