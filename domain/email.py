"""E-mail addresses: one spelling for each, and what cannot be one."""

import re

from domain.errors import Invalid

_ADDRESS = re.compile(
    r"[^\s@<>\"(),:;\\\[\]\x00-\x1f]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)


def email_spelled(text: str, *, field: str = "email") -> str:
    """The address in lower case and without blanks around it.

    Raises:
        Invalid: it cannot be an address.
    """
    address = text.strip().lower()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Invalid(f"{field}: '{text[:64]}' is not an e-mail address, such as ada@example.com")
    return address
