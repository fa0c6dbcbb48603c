"""Which addresses of a provider are asked: encrypted, and without anything that is no address."""

from urllib.parse import urlsplit

from gateways.errors import Refused

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST = 500


def checked_address(address: str, *, strict: bool, what: str) -> str:
    """An address of a provider: https; on a development machine also http on the machine itself.

    Raises:
        Refused: `provider_refused`: it is something else.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("provider_refused", f"{what}: '{address[:80]}' is not an address") from None
    printable = address.isascii() and address.isprintable() and " " not in address
    plain = printable and bool(host) and not parts.username and not parts.fragment and port != 0
    local = parts.scheme == "http" and host in _LOOPBACK and not strict
    if not plain or len(address) > _LONGEST or not (parts.scheme == "https" or local):
        raise Refused("provider_refused", f"{what}: '{address[:80]}' must be an https:// address")
    return address
