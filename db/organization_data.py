"""What is kept of an organization beside its books, for its own archive; never a secret or the hash of one.

The transaction shows the organization only. Rows come in portions, so that their number costs no memory.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import TextClause, text

from db.engine import Tx
from domain.letters.invoices import MONEY_LETTERS
from domain.mail import READERS_LINK

Part = Literal[
    "members",
    "projects",
    "project_members",
    "milestones",
    "departments",
    "api_keys",
    "provider_credentials",
    "invites",
    "email_domains",
    "identity_providers",
    "sign_on_identities",
    "assignments",
    "payments",
    "recurring_charges",
    "mails",
]
_QUERIES: dict[Part, str] = {
    "members": """
select m.user_id, u.email, u.name, m.role, m.department_id, d.name as department, m.created_at, m.used_at
  from memberships m join users u on u.id = m.user_id left join departments d on d.id = m.department_id
 where m.organization_id = :organization_id order by u.email""",
    "projects": """
select id, name, description, status, owner_member_id, owner_staff_id, contracted_nanos, starts_on, ends_on,
       created_at, archived_at
  from projects where organization_id = :organization_id order by id""",
    "project_members": """
select r.project_id, p.name as project, r.user_id, u.email, r.role, r.created_at
  from project_members r join projects p on p.id = r.project_id left join users u on u.id = r.user_id
 where r.organization_id = :organization_id order by r.project_id, u.email""",
    "milestones": """
select id, project_id, name, due_on, amount_nanos, done_at, created_at
  from milestones where organization_id = :organization_id order by project_id, place""",
    "departments": """
select id, name, created_at, closed_at from departments where organization_id = :organization_id order by id""",
    "api_keys": """
select id, project_id, name, kind, environment, prefix, scopes, origins, created_by, created_at, expires_at,
       revoked_at, replaced_by, last_used_at, last_used_ip
  from api_keys where organization_id = :organization_id order by id""",
    "provider_credentials": """
select id, project_id, provider, name, base_url, last_four, version, rotated_at, enabled, readiness, reason,
       checked_at, ready_at, created_at, updated_at
  from provider_credentials where organization_id = :organization_id order by id""",
    "invites": """
select id, email, role, state, inviter, created_at, began_at, expires_at, ended_at, trouble
  from invites where organization_id = :organization_id order by id""",
    "email_domains": """
select id, name, record, mail_sent_to, proven_at, proven_by, created_at
  from email_domains where organization_id = :organization_id order by name""",
    "identity_providers": """
select id, issuer, client_id, default_role, allowed_domains, enforced, created_at, updated_at, used_at
  from identity_providers where organization_id = :organization_id""",
    "sign_on_identities": """
select issuer, subject, user_id, email, created_at as linked_at, last_used_at
  from sign_on_identities where organization_id = :organization_id order by issuer, subject""",
    "assignments": """
select user_id, assigned_at from assignments where organization_id = :organization_id order by assigned_at""",
    "payments": """
select id, invoice_id, method, state, currency, amount_nanos, applied_nanos, credited_nanos, refunded_nanos,
       reference, received_on, created_at, settled_at
  from payments where organization_id = :organization_id order by id""",
    "recurring_charges": """
select kind, description, monthly_nanos, starts_on, ends_on, created_at
  from recurring_charges where organization_id = :organization_id order by id""",
    # To its own people, not to the house's, of whom it sees who leads its projects.
    # Letters about money are their invoices' and say nothing more.
    "mails": """
select id, kind, subject_id, recipient, subject, state, created_at, sent_at,
       case when kind = any (:letters_kept) then ''
            else replace(text, :readers_link, '(this link is for the reader only)') end as text
  from mails
 where organization_id = :organization_id
   and (kind = 'domain_confirmation' or recipient in (
     select email from users where kind = 'client'
     union select email from invites where organization_id = :organization_id
     union select billing_email from organizations where id = :organization_id))
 order by id""",
}
_SELECTS: dict[Part, TextClause] = {part: text(query) for part, query in _QUERIES.items()}
_PAYLOADS = text("""
select id, received_at, request, response from usage_payloads where organization_id = :organization_id""")
_ROWS = 500
# A text may be as large as a request of a gateway: few of them are held at once.
_TEXTS = 8


def walk(tx: Tx, part: Part, *, organization_id: UUID) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """All rows of a part, in portions."""
    facts: dict[str, Any] = {"organization_id": organization_id}
    if part == "mails":
        facts |= {"letters_kept": list(MONEY_LETTERS), "readers_link": READERS_LINK}
    return _portions(tx, _SELECTS[part], facts, _ROWS)


def walk_payloads(tx: Tx, *, organization_id: UUID) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """The stored texts of requests and responses, as the JSON that was reported, in small portions."""
    return _portions(tx, _PAYLOADS, {"organization_id": organization_id}, _TEXTS)


async def _portions(
    tx: Tx, query: TextClause, facts: dict[str, Any], rows: int
) -> AsyncIterator[Sequence[dict[str, Any]]]:
    found = await tx.stream(query.execution_options(yield_per=rows), facts)
    async for portion in found.partitions():
        yield [dict(row._mapping) for row in portion]
