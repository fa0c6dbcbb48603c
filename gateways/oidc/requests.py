"""The requests of the authorization code flow: to the provider with a browser, and for the tokens without."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from domain.sign_on import Endpoints

_SCOPE = "openid email profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What a browser takes along to a provider; `verifier` stays here until the tokens are asked for."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    login_hint: str = ""


def way_to(endpoints: Endpoints, departure: Departure) -> str:
    """Where the browser is sent."""
    hint = {"login_hint": departure.login_hint} if departure.login_hint else {}
    return str(
        prepare_grant_uri(
            endpoints.authorization,
            departure.client_id,
            "code",
            redirect_uri=departure.redirect_uri,
            scope=_SCOPE,
            state=departure.state,
            nonce=departure.nonce,
            code_challenge=create_s256_code_challenge(departure.verifier),
            code_challenge_method="S256",
            **hint,
        )
    )


def for_tokens(
    endpoints: Endpoints, *, client_id: str, secret: str, code: str, redirect_uri: str, verifier: str
) -> tuple[str, dict[str, str], str]:
    """Address, headers and body of the request that turns a code into tokens."""
    body = prepare_token_request(
        "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    method = "client_secret_post" if endpoints.secret_in_body else "client_secret_basic"
    prepared: tuple[Any, Any, Any] = ClientAuth(client_id, secret, method).prepare(
        "POST", endpoints.token, headers, body
    )
    return str(prepared[0]), dict(prepared[1]), str(prepared[2])
