"""The secrets that protect the database and its keys, and how they are checked."""

import base64
import binascii

from gateways.settings.environment import Environment

DEVELOPMENT_DATABASE_URL = "postgresql://postgres@127.0.0.1:5432/backoffice"
DEVELOPMENT_KEY_PEPPER = "development-key-pepper-not-for-production"
DEVELOPMENT_SESSION_SECRET = "development-session-secret-not-for-production"  # noqa: S105 — a public default, refused in production


def database_url(source: Environment) -> str:
    """The address of the database, without the driver that some write into its scheme."""
    given = source.secret("DATABASE_URL") or DEVELOPMENT_DATABASE_URL
    scheme, separator, rest = given.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        source.fault(
            "DATABASE_URL", "is not PostgreSQL's; write it as postgresql://user:password@host/database"
        )
    return f"postgresql://{rest}"


def long_secret(source: Environment, name: str, development: str) -> str:
    """A secret of at least 32 characters, or the `development` one."""
    value = source.secret(name) or development
    if len(value) < 32:
        source.fault(name, "is shorter than 32 characters; make one with: openssl rand -base64 48")
    return value


def payload_key(source: Environment) -> bytes | None:
    """The key of what Temporal stores: 32 bytes, or None when it is stored in the clear."""
    given = source.secret("BACKOFFICE_PAYLOAD_KEY")
    if given is None:
        return None
    try:
        key = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        source.fault(
            "BACKOFFICE_PAYLOAD_KEY", "is not 32 bytes in base64; make one with: openssl rand -base64 32"
        )
    return key
