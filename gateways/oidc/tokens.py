"""Identity tokens: signed by the provider's own keys, meant for us, fresh, and for this very trip."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from domain.sign_on import Claims
from gateways.errors import Refused

# Signatures by a key pair only: "none" and the HMACs, which a published key could forge, are not among them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 60
_OLDEST_SECONDS = 600
_LONGEST_SUBJECT = 255


def token_checked(
    token: str, keys: dict[str, Any], *, issuer: str, client_id: str, nonce: str, now: int
) -> dict[str, Any]:
    """The claims of an identity token; `now` in seconds since 1970.

    Raises:
        Refused: `token_refused`: signature, issuer, audience, times or nonce are not right.
    """
    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(_signing(keys)), algorithms=list(ALGORITHMS)).claims
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _refused(f"{type(error).__name__}: {error}") from error
    _require_party(claims, client_id)
    if claims["iat"] < now - _OLDEST_SECONDS:
        raise _refused("issued too long ago")
    if not 1 <= len(claims["sub"]) <= _LONGEST_SUBJECT:
        raise _refused("the subject is empty or too long")
    return claims


def claims_of(claims: dict[str, Any], person: dict[str, Any]) -> Claims:
    """What the token says, completed by what the provider's person endpoint says of the same subject.

    Microsoft's `xms_edov` says what others call `email_verified`.
    """
    told = {**person, **claims}
    verified = told.get("email_verified", told.get("xms_edov"))
    return Claims(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=_text(told, "email").lower(),
        email_verified=verified is True or str(verified).lower() in ("true", "1"),
        name=" ".join(_text(told, "name").split())[:200],
        hosted_domain=_text(told, "hd").lower(),
    )


def _require_party(claims: dict[str, Any], client_id: str) -> None:
    """Refuses a token that was issued to another client, or to several without saying to whom."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if party not in (None, client_id) or (several and party is None):
        raise _refused("issued to another client")


def _signing(keys: dict[str, Any]) -> Any:
    """The keys that may sign; a set may also hold such as encrypt, or of a kind we do not know."""
    found = keys.get("keys")
    kinds = ("RSA", "EC", "OKP")
    usable = [
        key
        for key in (found if isinstance(found, list) else [])
        if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in kinds
    ]
    return {"keys": usable}


def _text(told: dict[str, Any], name: str) -> str:
    """A claim that is a text, else nothing."""
    value = told.get(name)
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def _refused(why: str) -> Refused:
    """The refusal; the reason is for the log and for whoever sets the provider up."""
    return Refused("token_refused", f"The provider's answer does not hold: {why[:200]}")
