"""A person's archive: everything that is kept about them, and nothing that signs in."""

import json

import pytest
from sqlalchemy import inspect

from db.engine import Database
from tests.activities.test_archives import archive, ask, build
from tests.privacy import House, a_house, run

# Tables that name a person by `user_id`, and the file of the archive that shows what is in them.
SHOWN = {
    "api_keys": "api-keys.json",
    "assignments": "assignments.json",
    "authenticators": "profile.json",
    "devices": "devices.json",
    "memberships": "memberships.json",
    "passkeys": "passkeys.json",
    "project_members": "project-roles.json",
    "recovery_codes": "profile.json",
    "sessions": "sessions.json",
    "sign_on_identities": "sign-on-identities.json",
}
# What lives for minutes, or is of the archive and the erasure themselves, which the person sees under their account.
PASSING = {
    "certificates",
    "data_exports",
    "email_changes",
    "erasures",
    "passkey_challenges",
    "password_resets",
    "sign_in_challenges",
}
_MADE = (
    "insert into departments (id, organization_id, name, created_at) values (uuidv7(), :acme, 'Research', now())",
    "update memberships set department_id = (select id from departments) where user_id = :bob and organization_id = :acme",
    """insert into passkeys (id, user_id, credential_id, public_key, sign_count, name, transports, backed_up, created_at)
       values (uuidv7(), :bob, 'credential-of-bob', 'public-key-of-bob', 7, 'Bob''s laptop', '{usb}', false, now())""",
    """insert into sign_on_identities (organization_id, issuer, subject, user_id, email, created_at, last_used_at)
       values (:acme, 'https://login.acme.example', 'bob-at-acme', :bob, 'bob@acme.example', now(), now())""",
    "insert into devices (user_id, token_hash, first_seen_at, last_seen_at) values (:bob, 'hash-of-a-cookie', now(), now())",
    """insert into api_keys (id, organization_id, name, environment, prefix, key_hash, scopes, created_by,
                             created_at, created_by_user)
       values (uuidv7(), :acme, 'Gateway', 'live', 'bo_live_abc', 'hash-of-a-key', '{usage:write}',
               'bob@example.com', now(), :bob)""",
)
_SECRETS = ("credential-of-bob", "public-key-of-bob", "hash-of-a-cookie", "hash-of-a-key")


@pytest.fixture
async def house(database: Database) -> House:
    """Bob has one of each."""
    made = await a_house(database, usage=False)
    for statement in _MADE:
        await run(database, statement, acme=made.acme, bob=made.id_of("bob"))
    return made


async def test_it_holds_what_the_person_signs_in_with_and_where_they_belong(
    database: Database, house: House
) -> None:
    await build(database, await ask(database, house, user_id=house.id_of("bob")))
    found = await archive(database)
    held = {name: json.loads(found.read(name)) for name in set(SHOWN.values())}
    departments = {each["organization"]: each["department"] for each in held["memberships.json"]}
    assert departments == {"Acme": "Research", "Other": None}
    assert [(each["name"], each["last_used_at"]) for each in held["passkeys.json"]] == [
        ("Bob's laptop", None)
    ]
    (identity,) = held["sign-on-identities.json"]
    assert (identity["issuer"], identity["subject"]) == ("https://login.acme.example", "bob-at-acme")
    assert identity["linked_at"]
    assert [each["name"] for each in held["api-keys.json"]] == ["Gateway"]
    assert len(held["devices.json"]) == 1
    assert held["profile.json"]["has_password"] is True


async def test_it_holds_nothing_that_signs_in(database: Database, house: House) -> None:
    await build(database, await ask(database, house, user_id=house.id_of("bob")))
    found = await archive(database)
    whole = b"".join(found.read(name) for name in found.namelist())
    for secret in _SECRETS:
        assert secret.encode() not in whole
        assert secret.encode().hex().encode() not in whole


async def test_no_table_that_names_a_person_is_forgotten(database: Database) -> None:
    async with database.begin() as tx:
        tables = await tx.run_sync(
            lambda connection: {
                table
                for table in inspect(connection).get_table_names()
                if {column["name"] for column in inspect(connection).get_columns(table)}
                & {"user_id", "created_by_user"}
            }
        )
    assert tables == SHOWN.keys() | PASSING
