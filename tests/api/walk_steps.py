"""Doors that are asked validly only after some steps: a letter read, an app set up, somebody else asked first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp

from activities.invite_letters import InviteLetters
from activities.invites import InviteLetter, InviteSteps
from domain.ids import show
from tests.api.conftest import PASSWORD, browser
from tests.api.passkeys import SITE, added, asked_at
from tests.api.walk import ORGANIZATION, REASON, Body, Told, Walk
from tests.authenticator import Authenticator
from tests.collecting import SENDER
from tests.invitations import SECRETS

NEW_PASSWORD = "eleven violins in the rain"
STEPS: dict[str, tuple[str, Told]] = {}
_Maker = Callable[[Walk], Any]


def door(name: str, who: str) -> Callable[[_Maker], _Maker]:
    """A door whose body takes some steps to make."""

    def keep(make: _Maker) -> _Maker:
        STEPS[name] = (who, make)
        return make

    return keep


@door("POST /v1/sessions", "guest")
async def sign_in(walk: Walk) -> Body:
    await walk.person()
    return {"email": walk.email, "password": walk.secret(PASSWORD)}


@door("POST /v1/account/password", "somebody")
async def new_password(walk: Walk) -> Body:
    return {"current": walk.secret(PASSWORD), "password": walk.secret(NEW_PASSWORD)}


@door("POST /v1/sessions/current/confirm", "somebody")
async def confirm(walk: Walk) -> Body:
    return {"password": walk.secret(PASSWORD)}


@door("POST /v1/password-resets", "guest")
async def forgot(walk: Walk) -> Body:
    await walk.person()
    return {"email": walk.email}


@door("POST /v1/password-resets/confirm", "guest")
async def reset(walk: Walk) -> Body:
    await walk.person()
    await (await walk.by("guest")).post("/v1/password-resets", json={"email": walk.email})
    token = await walk.token(walk.email, "password_reset")
    return {"token": token, "password": walk.secret(NEW_PASSWORD)}


@door("POST /v1/registrations/confirm", "guest")
async def register(walk: Walk) -> Body:
    email = f"{walk.name('new')}@example.com"
    await (await walk.by("guest")).post("/v1/registrations", json={"email": email})
    token = await walk.token(email, "registration_asked")
    return {"token": token, "name": "Robin", "password": walk.secret(NEW_PASSWORD)}


@door("POST /v1/invites/accept", "guest")
async def accept(walk: Walk) -> Body:
    email = f"{walk.name('invited')}@example.com"
    body = {"email": email, "role": "member"}
    made = await walk.made("invite_id", "alice", f"{walk.world.acme_path}/invites", body)
    steps = InviteSteps(walk.database, InviteLetters(SENDER, SECRETS))
    await steps.send_invite(InviteLetter(invite_id=made["id"], generation=1, reminder=0))
    return {"token": await walk.invite_token(email), "name": "Robin", "password": walk.secret(NEW_PASSWORD)}


async def _changing(walk: Walk) -> str:
    """Somebody who has asked for another address; the token at the old one."""
    client, email = await walk.by("somebody"), f"{walk.name('moved')}@example.com"
    await client.post("/v1/account/email", json={"email": email})
    return await walk.token(walk.email, "email_change_asked")


@door("POST /v1/account/email/confirm", "guest")
async def confirm_email(walk: Walk) -> Body:
    return {"token": await _changing(walk)}


@door("POST /v1/account/email/cancel", "guest")
async def cancel_email(walk: Walk) -> Body:
    return {"token": await _changing(walk)}


@door("POST /v1/passkeys", "somebody")
async def add_passkey(walk: Walk) -> Body:
    walk.asking.headers["Host"] = "localhost"
    device, asked = Authenticator(**SITE), (await walk.asking.post("/v1/passkeys/options", json={})).json()
    facts = {"name": "Laptop", "challenge_id": asked["challenge_id"]}
    return {**facts, "credential": device.create(asked["public_key"])}


@door("PATCH /v1/passkeys/{passkey_id}", "somebody")
async def rename_passkey(walk: Walk) -> Body:
    await _passkey(walk)
    return {"name": "Old laptop"}


@door("DELETE /v1/passkeys/{passkey_id}", "somebody")
async def remove_passkey(walk: Walk) -> Body:
    await _passkey(walk)
    return None


async def _passkey(walk: Walk) -> Authenticator:
    """Somebody's device."""
    walk.asking.headers["Host"] = "localhost"
    device, shown = await added(walk.asking)
    walk.ids["passkey_id"] = shown["id"]
    return device


@door("POST /v1/sessions/passkey", "guest")
async def sign_in_by_passkey(walk: Walk) -> Body:
    guest, walk.asking = walk.asking, await walk.by("somebody")
    device = await _passkey(walk)
    guest.headers["Host"] = "localhost"
    asked = await asked_at(guest)
    return {"challenge_id": asked["challenge_id"], "credential": device.sign(asked["public_key"])}


@door("POST /v1/sessions/current/passkey", "somebody")
async def confirm_by_passkey(walk: Walk) -> Body:
    device = await _passkey(walk)
    asked = await asked_at(walk.asking, "/v1/sessions/current/passkey")
    return {"challenge_id": asked["challenge_id"], "credential": device.sign(asked["public_key"])}


async def _second_factor(walk: Walk) -> pyotp.TOTP:
    """Somebody's app, in force."""
    secret = (await walk.asking.post("/v1/account/authenticator")).json()["secret"]
    app = pyotp.TOTP(walk.secret(secret))
    code = app.at(datetime.now(UTC) - timedelta(seconds=30))
    answer = await walk.asking.post("/v1/account/authenticator/confirm", json={"code": walk.secret(code)})
    walk.asking.headers["X-CSRF-Token"] = answer.json()["person"]["csrf_token"]
    walk.secrets.update(answer.json()["recovery_codes"])
    return app


@door("POST /v1/account/authenticator/confirm", "somebody")
async def confirm_app(walk: Walk) -> Body:
    secret = (await walk.asking.post("/v1/account/authenticator")).json()["secret"]
    return {"code": walk.secret(pyotp.TOTP(walk.secret(secret)).now())}


@door("POST /v1/account/authenticator/recovery-codes", "somebody")
@door("DELETE /v1/account/authenticator", "somebody")
async def app_in_force(walk: Walk) -> Body:
    await _second_factor(walk)
    return None


@door("POST /v1/sessions/second-factor", "guest")
async def second_step(walk: Walk) -> Body:
    walk.asking = await walk.by("somebody")
    app = await _second_factor(walk)
    body = {"email": walk.email, "password": PASSWORD}
    challenge = (await browser(walk.app).post("/v1/sessions", json=body)).json()["challenge"]
    return {"challenge": walk.secret(challenge), "code": walk.secret(app.now())}


@door("DELETE /v1/account/email", "somebody")
async def unask_email(walk: Walk) -> Body:
    await walk.asking.post("/v1/account/email", json={"email": f"{walk.name('moved')}@example.com"})
    return None


@door("DELETE /v1/me/erasure", "somebody")
async def stay(walk: Walk) -> Body:
    assert (await walk.asking.post("/v1/me/erasure")).status_code == 202
    return None


@door("DELETE /v1/sessions/{session_id}", "somebody")
async def end_session(walk: Walk) -> Body:
    body = {"email": walk.email, "password": PASSWORD}
    await browser(walk.app).post("/v1/sessions", json=body)
    items = (await walk.asking.get("/v1/sessions")).json()["items"]
    walk.ids["session_id"] = next(item["id"] for item in items if not item["current"])
    return None


@door("POST /v1/sessions/current/organization", "somebody")
async def switch(walk: Walk) -> Body:
    return {"organization_id": show("org", walk.world.acme)}


@door(f"PUT {ORGANIZATION}/members/{{user_id}}/department", "alice")
async def place(walk: Walk) -> Body:
    await walk.things("department_id")
    return {"department_id": walk.ids["department_id"]}


@door("DELETE /v1/projects/{project_id}/members/{user_id}", "alice")
async def leave_project(walk: Walk) -> Body:
    path = f"/v1/projects/{walk.ids['project_id']}/members/{walk.ids['user_id']}"
    await (await walk.by("alice")).put(path, json={"role": "member"})
    return None


@door("PATCH /v1/staff/{user_id}", "stella")
async def change_staff(walk: Walk) -> Body:
    await walk.person("staff")
    return {"state": "disabled"}


@door(f"PUT {ORGANIZATION}/contractors/{{user_id}}", "stella")
async def assign(walk: Walk) -> Body:
    await walk.person("contractor")
    return None


@door(f"DELETE {ORGANIZATION}/contractors/{{user_id}}", "stella")
async def unassign(walk: Walk) -> Body:
    await assign(walk)
    here = f"{walk.world.acme_path}/contractors/{walk.ids['user_id']}"
    assert (await (await walk.by("stella")).put(here)).status_code < 300
    return None


@door("POST /v1/webhooks/replay", "stella")
async def replay(walk: Walk) -> Body:
    await walk.things("webhook_id")
    return {"limit": 1}


@door("DELETE /v1/model-aliases?provider=azure&alias=spare", "stella")
async def remove_alias(walk: Walk) -> Body:
    body = {"provider": "azure", "alias": "spare", "model": "gpt-4o"}
    await (await walk.by("stella")).post("/v1/model-aliases", json=body)
    return None


@door(f"POST {ORGANIZATION}/holds", "stella")
@door(f"POST {ORGANIZATION}/suspend", "stella")
async def suspend(walk: Walk) -> Body:
    walk.ids["organization_id"] = show("org", await walk.organization())
    return REASON


@door(f"POST {ORGANIZATION}/unsuspend", "stella")
async def unsuspend(walk: Walk) -> Body:
    await suspend(walk)
    await (await walk.by("stella")).post(
        f"/v1/organizations/{walk.ids['organization_id']}/suspend", json=REASON
    )
    return REASON


@door(f"POST {ORGANIZATION}/deletion", "stella")
async def ask_deletion(walk: Walk) -> Body:
    await suspend(walk)
    return {"name": "Alice & Co", "reason": "we close"}


async def _deletion(walk: Walk) -> None:
    body = await ask_deletion(walk)
    path = f"/v1/organizations/{walk.ids['organization_id']}/deletion"
    await walk.made("deletion_id", "stella", path, body)


@door("POST /v1/deletions/{deletion_id}/approve", "sam")
@door("POST /v1/deletions/{deletion_id}/refuse", "sam")
async def decide(walk: Walk) -> Body:
    await _deletion(walk)
    return REASON


@door("POST /v1/deletions/{deletion_id}/restore", "stella")
async def restore(walk: Walk) -> Body:
    await _deletion(walk)
    return None
