"""An organization's archive: whatever its deletion erases is in it, and nothing that opens a door."""

import json
import zipfile

import pytest

from db.engine import Database
from db.erasing import organization
from tests.activities.test_archives import archive, ask, build
from tests.privacy import House, a_house, run

# What a deletion erases, and the file of the archive that shows what is in it; `a row of …` is planted in each.
SHOWN = {
    "api_keys": "api-keys.json",
    "assignments": "contractors.json",
    "billing_profiles": "organization.json",
    "departments": "departments.json",
    "email_domains": "email-domains.json",
    "identity_providers": "sign-on.json",
    "invites": "invitations.json",
    "mails": "letters.json",
    "memberships": "members.json",
    "milestones": "milestones.json",
    "organization_settings": "settings.json",
    "organizations": "organization.json",
    "project_members": "project-members.json",
    "projects": "projects.json",
    "provider_credentials": "provider-keys.json",
    "sign_on_identities": "sign-on-identities.json",
    "usage_payloads": "payloads.ndjson",
}
# What lives for minutes, is the archives themselves, or is of people, each of whom has an archive of their own.
PASSING = {"data_exports", "data_export_chunks", "sessions", "sign_on_trips"}
_PLANTED = (
    "update organizations set name = 'a row of organizations' where id = :acme",
    "update billing_profiles set legal_name = 'a row of billing_profiles' where organization_id = :acme",
    "update users set name = 'a row of memberships' where id = :bob",
    "insert into departments (id, organization_id, name, created_at) values (uuidv7(), :acme, 'a row of departments', now())",
    "insert into projects (id, organization_id, name, created_at) values (uuidv7(), :acme, 'a row of projects', now())",
    """insert into milestones (id, organization_id, project_id, name, place, created_at)
       select uuidv7(), :acme, id, 'a row of milestones', 1, now() from projects where organization_id = :acme limit 1""",
    """insert into project_members (project_id, organization_id, user_id, role, created_at)
       select id, :acme, :bob, 'administrator', now() from projects where name = 'a row of projects'""",
    """insert into api_keys (id, organization_id, name, environment, prefix, key_hash, scopes, created_by, created_at)
       values (uuidv7(), :acme, 'a row of api_keys', 'live', 'bo_live_abc', 'secret hash', '{usage:write}', '', now())""",
    """insert into provider_credentials (id, organization_id, provider, name, base_url, sealed_secret, last_four,
                                         version, rotated_at, created_at, updated_at)
       values (uuidv7(), :acme, 'openai', 'a row of provider_credentials', 'https://api.openai.com/v1',
               'secret sealed', '1234', 1, now(), now(), now())""",
    """insert into invites (id, organization_id, email, role, inviter, began_at, expires_at, created_at)
       values (uuidv7(), :acme, 'guest@example.com', 'member', 'a row of invites', now(), now() + interval '1 day', now())""",
    """insert into email_domains (id, organization_id, name, record, mail_token_hash, created_at)
       values (uuidv7(), :acme, 'acme.example', 'a row of email_domains', 'secret token', now())""",
    """insert into identity_providers (organization_id, id, issuer, client_id, sealed_secret, authorization_endpoint,
              token_endpoint, keys_endpoint, secret_in_body, names_issuer, default_role, created_at, updated_at)
       values (:acme, uuidv7(), 'https://login.acme.example', 'a row of identity_providers', 'secret of a client',
               'https://a', 'https://t', 'https://k', false, true, 'member', now(), now())""",
    """insert into sign_on_identities (organization_id, issuer, subject, user_id, email, created_at, last_used_at)
       values (:acme, 'https://login.acme.example', 'a row of sign_on_identities', :bob, 'bob@acme.example', now(), now())""",
    """insert into organization_settings (organization_id, data_contact, updated_at)
       values (:acme, 'a row of organization_settings', now())""",
    "insert into assignments (user_id, organization_id, assigned_by, assigned_at) values (:sam, :acme, '', now())",
    """insert into mails (id, key, organization_id, kind, recipient, subject, text, html, due_at, created_at, sealed_secret)
       values (uuidv7(), 'k', :acme, 'account_changed', 'bob@example.com', 'a row of mails',
               'https://secret-link.invalid/', '', now(), now(), 'secret link')""",
    "update projects set owner_staff_id = :stella where name = 'a row of projects'",
    """insert into mails (id, key, organization_id, kind, recipient, subject, text, html, due_at, created_at)
       values (uuidv7(), 'h', :acme, 'deletion_requested', 'stella@example.com', 'a letter of the house',
               'for the house only', '', now(), now())""",
    """insert into usage_payloads (organization_id, id, received_at, request, response)
       values (:acme, 'r1', now(), '{"prompt":
 "a row of usage_payloads, naïve \\ud83d"}', null)""",
)
_SECRETS = (
    "secret hash",
    "secret sealed",
    "secret token",
    "secret of a client",
    "secret link",
    "secret-link",
)
_BY_ID = {"project_members": "bob", "assignments": "sam"}


@pytest.fixture
async def found(database: Database) -> tuple[zipfile.ZipFile, House]:
    """The archive of Acme, which has one of each."""
    house = await a_house(database, usage=False)
    people = {name: house.id_of(name) for name in ("bob", "sam", "stella")}
    for statement in _PLANTED:
        await run(database, statement, acme=house.acme, **people)
    await build(database, await ask(database, house, organization_id=house.acme))
    return await archive(database), house


def test_whatever_a_deletion_erases_is_in_the_archive() -> None:
    rules = (*organization.ERASED, organization.PAYLOADS, *organization.ADDRESSES)
    remedy = "put it into activities/archives/organization_lists.py, then say here in which file it is"
    assert {rule.table for rule in rules} == SHOWN.keys() | PASSING, remedy


async def test_a_row_of_whatever_is_erased_is_in_its_file(found: tuple[zipfile.ZipFile, House]) -> None:
    whole, house = found
    for table, file in SHOWN.items():
        mark = house.id_of(_BY_ID[table]).hex if table in _BY_ID else f"a row of {table}"
        assert mark in whole.read(file).decode(), f"{table} is not in {file}"


async def test_it_holds_nothing_that_opens_a_door(found: tuple[zipfile.ZipFile, House]) -> None:
    whole, _ = found
    content = b"".join(whole.read(name) for name in whole.namelist())
    for secret in _SECRETS:
        assert secret.encode() not in content
        assert secret.encode().hex().encode() not in content


async def test_it_holds_no_letter_to_the_staff_not_even_to_who_leads_a_project(
    found: tuple[zipfile.ZipFile, House],
) -> None:
    whole, house = found
    assert house.id_of("stella").hex in whole.read("projects.json").decode()
    assert "of the house" not in whole.read("letters.json").decode()


async def test_every_list_is_json_and_every_text_stands_in_a_line_of_its_own(
    found: tuple[zipfile.ZipFile, House],
) -> None:
    whole, _ = found
    assert all(json.loads(whole.read(name)) for name in SHOWN.values() if name.endswith(".json"))
    (line,) = whole.read("payloads.ndjson").decode().splitlines()
    assert (json.loads(line)["id"], json.loads(line)["response"]) == ("r1", None)
    assert json.loads(line)["request"]["prompt"].startswith("a row of usage_payloads, naïve")
