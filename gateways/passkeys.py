"""Passkeys (WebAuthn): what a browser is asked to sign, and whether what it signed is right."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateways.errors import Refused

log = structlog.get_logger(__name__)
Json = dict[str, Any]
Verified = TypeVar("Verified")
_TIMEOUT_MILLISECONDS = 300_000
# The names of the specification, so that only these are kept and told to browsers again.
_TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that passkeys belong to: `id` is its host, `origin` its whole address without a path."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Created:
    """A new credential, verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified signature: the counter that came with it."""

    sign_count: int
    backed_up: bool


def to_create(
    site: RelyingParty, *, handle: bytes, email: str, name: str, known: Collection[bytes]
) -> tuple[Json, bytes]:
    """What a browser needs to make a passkey, and the challenge in it; devices in `known` make no second one.

    `handle` names the person to their device, and tells nothing about them.
    """
    options = generate_registration_options(
        rp_id=site.id,
        rp_name="Backoffice",
        user_id=handle,
        user_name=email,
        user_display_name=name or email,
        timeout=_TIMEOUT_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
    )
    return _plain(options), options.challenge


def to_sign(site: RelyingParty, *, known: Collection[bytes] = ()) -> tuple[Json, bytes]:
    """What a browser needs to sign in, and the challenge in it; with none `known` the person chooses."""
    options = generate_authentication_options(
        rp_id=site.id,
        timeout=_TIMEOUT_MILLISECONDS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options), options.challenge


def created(site: RelyingParty, credential: Json, *, challenge: bytes) -> Created:
    """The credential a browser made.

    Raises:
        Refused: `passkey_refused`: made on another site, for another challenge, or malformed.
    """
    found = _checked(
        lambda: verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    )
    return Created(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        found.credential_backed_up,
        _transports(credential),
    )


def signed(
    site: RelyingParty, credential: Json, *, challenge: bytes, public_key: bytes, sign_count: int
) -> Signed:
    """What a device signed.

    Raises:
        Refused: `passkey_refused`: signed on another site, for another challenge, by another device, with a
            counter that went back (a copy of the device), or malformed.
    """
    found = _checked(
        lambda: verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    )
    return Signed(found.new_sign_count, found.credential_backed_up)


def credential_named(credential: Json) -> bytes:
    """The identifier by which a device names its credential.

    Raises:
        Refused: `passkey_refused`: there is none.
    """
    return _checked(lambda: base64url_to_bytes(credential["id"]))


def handle_named(credential: Json) -> bytes:
    """The person's handle as the device kept it; empty when the device told none.

    Raises:
        Refused: `passkey_refused`: it is malformed.
    """
    return _checked(lambda: base64url_to_bytes(credential["response"].get("userHandle") or ""))


def _transports(credential: Json) -> tuple[str, ...]:
    """How browsers reach the device, as far as the browser told."""
    told = credential["response"].get("transports")
    return tuple(sorted(_TRANSPORTS.intersection(map(str, told)))) if isinstance(told, list) else ()


def _plain(options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions) -> Json:
    """The options as JSON."""
    found: Json = json.loads(options_to_json(options))
    return found


def _checked(check: Callable[[], Verified]) -> Verified:
    """The check's answer.

    Raises:
        Refused: `passkey_refused`; the library's own reason goes to the log.
    """
    try:
        return check()
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        log.info("a passkey was refused", reason=f"{type(error).__name__}: {error}"[:300])
        raise Refused("passkey_refused", "The passkey was not accepted; try again") from error
