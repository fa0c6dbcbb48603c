"""Archives and erasure through the doors; certificates checked by anybody."""

import io
import zipfile

import httpx
import pytest
from fastapi import FastAPI
from temporalio.testing import ActivityEnvironment

from activities.erasure_steps import ErasureOrder, ErasureSteps
from activities.export_steps import ExportOrder, ExportSteps
from activities.mail_secrets import MailSecrets
from activities.privacy_letters import PrivacyLetters
from api.collecting import sender_of
from db.engine import Database
from domain.ids import show
from tests.api.conftest import World, browser, signed_in
from tests.monthend import one


def letters(app: FastAPI) -> PrivacyLetters:
    settings = app.state.settings
    return PrivacyLetters(sender_of(settings), MailSecrets(settings.session_secret))


async def made(app: FastAPI, database: Database, answer: httpx.Response) -> str:
    """The id of an archive that was asked for, once it is made."""
    assert answer.status_code == 202, answer.text
    order = ExportOrder(export_id=answer.json()["id"], lasts_seconds=3600)
    await ActivityEnvironment().run(ExportSteps(database, letters(app)).build_archive, order)
    return order.export_id


async def test_everybody_takes_their_own_data_and_nobody_elses(
    app: FastAPI, world: World, database: Database, bob: httpx.AsyncClient, alice: httpx.AsyncClient
) -> None:
    export_id = await made(app, database, await bob.post("/v1/me/exports"))
    file = await bob.get(f"/v1/me/exports/{export_id}/file")
    assert zipfile.ZipFile(io.BytesIO(file.content)).testzip() is None
    assert (await alice.get(f"/v1/me/exports/{export_id}/file")).status_code == 404
    assert (await alice.get(f"/v1/exports/{export_id}/file")).status_code == 404


async def test_an_owner_takes_the_organizations_data_and_a_member_does_not(
    app: FastAPI,
    world: World,
    database: Database,
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    charlie: httpx.AsyncClient,
) -> None:
    path = f"{world.acme_path}/exports"
    assert (await bob.post(path)).status_code == 403
    assert (await charlie.post(path)).status_code == 404
    export_id = await made(app, database, await alice.post(path))
    shown = (await alice.get(f"/v1/exports/{export_id}")).json()
    assert (shown["state"], shown["files_done"]) == ("ready", shown["files"])
    assert len((await alice.get(f"/v1/exports/{export_id}/file")).content) == shown["size_bytes"]
    assert (await charlie.get(f"/v1/exports/{export_id}/file")).status_code == 404


async def test_an_archive_that_is_being_made_cannot_be_fetched_or_asked_for_again(
    alice: httpx.AsyncClient,
) -> None:
    export_id = (await alice.post("/v1/me/exports")).json()["id"]
    assert (await alice.get(f"/v1/me/exports/{export_id}/file")).status_code == 409
    assert (await alice.post("/v1/me/exports")).status_code == 409


async def test_the_last_owner_is_told_what_to_do_first(world: World, alice: httpx.AsyncClient) -> None:
    answer = await alice.post("/v1/me/erasure")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert "make another member its owner" in answer.json()["detail"]


async def test_a_legal_hold_keeps_its_people(
    world: World, bob: httpx.AsyncClient, stella: httpx.AsyncClient
) -> None:
    await stella.post(f"{world.acme_path}/holds", json={"reason": "lawsuit"})
    answer = await bob.post("/v1/me/erasure")
    assert (answer.status_code, answer.json()["code"]) == (409, "legal_hold")


async def test_a_staff_account_is_not_erased_by_its_person(stella: httpx.AsyncClient) -> None:
    assert (await stella.post("/v1/me/erasure")).status_code == 409


async def test_an_erasure_is_asked_for_with_a_fresh_proof_and_taken_back(
    database: Database, bob: httpx.AsyncClient
) -> None:
    asked = await bob.post("/v1/me/erasure")
    assert (asked.status_code, asked.json()["state"]) == (202, "scheduled")
    assert (await bob.delete("/v1/me/erasure")).json()["state"] == "cancelled"
    async with database.begin() as tx:
        await tx.exec_driver_sql("update sessions set proved_at = now() - interval '1 hour'")
    assert (await bob.post("/v1/me/erasure")).json()["code"] == "reauthenticate"


@pytest.fixture
async def erased(app: FastAPI, database: Database, bob: httpx.AsyncClient) -> str:
    """Bob's erasure, done but for the address."""
    asked = (await bob.post("/v1/me/erasure")).json()["id"]
    steps = ErasureSteps(database, letters(app))
    for _ in range(2):
        await steps.begin_erasure(asked)
        await steps.erase_person(ErasureOrder(erasure_id=asked, lasts_seconds=3600))
    return str(asked)


async def test_an_erased_person_is_signed_out_and_cannot_sign_in(
    app: FastAPI, database: Database, bob: httpx.AsyncClient, erased: str
) -> None:
    assert (await bob.get("/v1/sessions/current")).status_code == 401
    body = {"email": "bob@example.com", "password": "correct horse battery staple"}
    assert (await browser(app).post("/v1/sessions", json=body)).status_code == 401
    assert await one(database, "select count(*) from certificates") == 1


async def test_the_link_in_the_last_letter_leads_to_the_certificate_that_anybody_can_check(
    app: FastAPI, database: Database, stella: httpx.AsyncClient, erased: str
) -> None:
    mail_id = await one(database, "select id from mails where kind = 'erasure_done'")
    shown = (await stella.get(f"/v1/outbox/{show('mail', mail_id)}")).json()
    link = next(word for word in shown["text"].split() if "/take-away/" in word)
    path = "/take-away/" + link.partition("/take-away/")[2]
    nobody = browser(app)
    assert "The account is erased" in (await nobody.get(path)).text
    file = (await nobody.get(f"{path}/certificate")).json()
    assert (await nobody.post("/v1/certificates/verify", json=file)).json() == {"intact": True, "ours": True}
    forged = {**file, "document": file["document"].replace("personal", "profane")}
    assert (await nobody.post("/v1/certificates/verify", json=forged)).json()["intact"] is False
    assert (await nobody.get(f"{path[:-1]}/certificate")).status_code == 404


async def test_a_persons_certificate_is_no_other_clients_business(
    app: FastAPI,
    world: World,
    database: Database,
    alice: httpx.AsyncClient,
    stella: httpx.AsyncClient,
    erased: str,
) -> None:
    certificate = show("cert", await one(database, "select id from certificates"))
    assert (await alice.get(f"/v1/certificates/{certificate}")).status_code == 404
    assert (await stella.get(f"/v1/certificates/{certificate}")).json()["kind"] == "personal_erasure"
    assert (
        await (await signed_in(app, "charlie")).get(f"/v1/certificates/{certificate}/file")
    ).status_code == 404
