"""A provider for single sign-on: oidc-provider-mock in a process of its own, whose tokens a test may spoil.

`python -m tests.identity_provider PORT` serves it. Claims put at `/spoil` are laid over those of the next tokens,
signed with the provider's own key (null takes a claim out); `/asked` tells the last request for tokens.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx


@dataclass(frozen=True)
class IdentityProvider:
    """A running provider."""

    issuer: str

    def knows(self, subject: str, **claims: object) -> None:
        """Somebody who can sign in there."""
        told = {"email_verified": True, "name": subject.capitalize(), **claims}
        httpx.put(f"{self.issuer}/users/{quote(subject)}", json=told).raise_for_status()

    def spoil(self, **claims: object) -> None:
        """What the next tokens say otherwise; nothing restores them."""
        httpx.put(f"{self.issuer}/spoil", json=claims).raise_for_status()

    def asked(self) -> dict[str, str]:
        """The last request for tokens."""
        found: dict[str, str] = httpx.get(f"{self.issuer}/asked").json()
        return found

    def lets_in(self, location: str, subject: str) -> str:
        """What somebody does there: signs in, and is sent back to the address this gives."""
        answer = httpx.post(location, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


@contextmanager
def serving() -> Iterator[IdentityProvider]:
    """A provider until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "tests.identity_provider", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1], **quiet)  # type: ignore[call-overload]  # both are files
    try:
        _wait(port)
        yield IdentityProvider(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait(timeout=10)


def _wait(port: int) -> None:
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the identity provider did not start")


def _serve(port: int) -> None:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    import flask
    import oidc_provider_mock
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    app = oidc_provider_mock.app()
    kept: dict[str, Any] = {"spoil": {}, "asked": {}}

    @app.put("/spoil")
    def spoil() -> str:
        kept["spoil"] = flask.request.get_json()
        return ""

    @app.get("/asked")
    def asked() -> flask.Response:
        return flask.jsonify(kept["asked"])

    @app.after_request
    def spoiled(answer: flask.Response) -> flask.Response:
        if flask.request.path != "/oauth2/token":
            return answer
        kept["asked"] = {
            **flask.request.form,
            "authorization": flask.request.headers.get("Authorization", ""),
        }
        tokens = answer.get_json()
        if not kept["spoil"] or "id_token" not in tokens:
            return answer
        key = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
        old = jwt.decode(tokens["id_token"], key, algorithms=["RS256"])
        laid = {**old.claims, **kept["spoil"]}
        claims = {name: value for name, value in laid.items() if value is not None}
        tokens["id_token"] = jwt.encode(old.header, claims, key, algorithms=["RS256"])
        answer.set_data(json.dumps(tokens))
        return answer

    app.run(host="127.0.0.1", port=port, debug=False, use_reloader=False)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
