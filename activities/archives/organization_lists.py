"""The lists of an organization's archive: people, projects, keys, sign-on, letters, and the texts of its requests."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from activities.archives.archive import File, Pieces
from activities.archives.writing import json_file, list_file
from db import organization_data, organization_settings
from db.engine import Tx
from domain.portable import portable, written

# Part, file, what it is, and the prefix of its ids.
_LISTS: tuple[tuple[organization_data.Part, str, str, str], ...] = (
    ("members", "members.json", "Members", ""),
    ("invites", "invitations.json", "Invitations, without their links", "inv"),
    ("departments", "departments.json", "Departments", "dep"),
    ("projects", "projects.json", "Projects", "prj"),
    ("milestones", "milestones.json", "Milestones of projects", "mst"),
    ("project_members", "project-members.json", "Who has a role in a project", ""),
    ("api_keys", "api-keys.json", "API keys, without secrets", "key"),
    (
        "provider_credentials",
        "provider-keys.json",
        "Keys at providers of models, without the keys",
        "cred",
    ),
    ("email_domains", "email-domains.json", "Domains of e-mail", "dom"),
    ("identity_providers", "sign-on.json", "Single sign-on, without its secret", "idp"),
    ("sign_on_identities", "sign-on-identities.json", "Who people are at the sign-on provider", ""),
    ("assignments", "contractors.json", "Contractors who work for the organization", ""),
    ("payments", "payments.json", "Payments of invoices", "pay"),
    ("recurring_charges", "recurring-charges.json", "Charges of every month", ""),
    ("mails", "letters.json", "Letters to the organization and its people, without their links", "mail"),
)
# With the settings and the texts.
FIXED = len(_LISTS) + 2


async def files(tx: Tx, organization_id: UUID) -> AsyncIterator[File]:
    """Every list, one after the other; the transaction shows this organization only."""
    settings = await organization_settings.get(tx, organization_id=organization_id)
    yield json_file("settings.json", "Settings", portable(settings))
    for part, name, title, prefix in _LISTS:
        rows = organization_data.walk(tx, part, organization_id=organization_id)
        yield list_file(name, title, _written(rows, prefix))
    texts = organization_data.walk_payloads(tx, organization_id=organization_id)
    yield File("payloads.ndjson", "Stored texts of requests and responses", _lines(texts))


async def _written(
    portions: AsyncIterator[Sequence[dict[str, Any]]], prefix: str
) -> AsyncIterator[Sequence[dict[str, Any]]]:
    async for rows in portions:
        yield [written(row, prefix=prefix) for row in rows]


async def _lines(portions: AsyncIterator[Sequence[dict[str, Any]]]) -> Pieces:
    """One line for each usage record; request and response are the JSON that was reported."""
    async for rows in portions:
        for row in rows:
            about = json.dumps({"id": row["id"], "received_at": row["received_at"].isoformat()})
            texts = f'"request": {_one_line(row["request"])}, "response": {_one_line(row["response"])}'
            yield f"{about[:-1]}, {texts}}}\n".encode()


def _one_line(stored: str | None) -> str:
    """The same JSON in one line: between its values a line break means as much as a blank."""
    return "null" if stored is None else stored.replace("\n", " ").replace("\r", " ")
