"""Codes of authenticator apps (RFC 6238: six digits, 30 seconds), and the picture that hands over their secret."""

import io
from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp
import segno

STEP = timedelta(seconds=30)
_AROUND = (0, -1, 1)


def new_secret() -> str:
    """160 bits of chance in base32, as apps take them."""
    return pyotp.random_base32()


def address_for(secret: str, *, email: str, issuer: str) -> str:
    """The `otpauth://` address that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def picture(address: str) -> str:
    """The address as a QR code: an SVG element without style, as large as the page makes it."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn,
        kind="svg",
        omitsize=True,
        border=4,
        xmldecl=False,
        svgns=True,
        dark="#000",
        light="#fff",
        nl=False,
    )
    return drawn.getvalue().decode()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step whose code this is, of the present one and its neighbours; None when it is wrong."""
    present = int(now.timestamp() // STEP.total_seconds())
    totp = pyotp.TOTP(secret)
    found: int | None = None
    for away in _AROUND:
        if compare_digest(totp.generate_otp(present + away).encode(), code.encode()):
            found = present + away
    return found
