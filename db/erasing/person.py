"""People's traces, erased for any number of them at once.

Parameters: `user_ids`, `emails` (also those they had before), `actors` (their ids at the doors), `scopes` (of their
kept answers), `now`.
"""

from db.erasing.rules import Rule
from domain.certificate import AUDIT_KEPT

_MINE = "user_id = any (:user_ids)"
_REASON = "It names people by ids only, beside the reason that was written down"
_BY_ID = "It names the person only by an id that leads to nobody any more"

# Whatever a person signs in with, belongs to and left behind.
ERASED: tuple[Rule, ...] = (
    Rule(table="sessions", where=_MINE, noun="sessions"),
    Rule(table="devices", where=_MINE, noun="known browsers"),
    Rule(table="authenticators", where=_MINE, noun="authenticator apps"),
    Rule(table="recovery_codes", where=_MINE, noun="recovery codes"),
    Rule(table="passkeys", where=_MINE, noun="passkeys"),
    Rule(table="passkey_challenges", where=_MINE),
    Rule(table="sign_on_identities", where=_MINE, noun="identities at sign-on providers"),
    Rule(table="sign_in_challenges", where=_MINE),
    Rule(table="password_resets", where=_MINE),
    Rule(table="email_changes", where=_MINE),
    Rule(table="registrations", where="email = any (:emails)"),
    Rule(table="invites", where="email = any (:emails) or accepted_by = any (:user_ids)", noun="invitations"),
    Rule(
        table="invites",
        where="invited_by = any (:user_ids)",
        change="inviter = 'Erased person'",
        noun="names on invitations",
    ),
    Rule(table="project_members", where=_MINE, noun="project roles"),
    Rule(table="assignments", where=_MINE),
    Rule(table="memberships", where=_MINE, noun="memberships"),
    Rule(
        table="api_keys",
        where="created_by = any (:emails) or created_by_user = any (:user_ids)",
        change="created_by = 'Erased person'",
        noun="names on API keys",
    ),
    Rule(
        table="data_exports",
        where="user_id = any (:user_ids) and state in ('requested', 'building')",
        change="state = 'cancelled'",
    ),
    Rule(
        table="data_exports",
        where="user_id = any (:user_ids) and state = 'ready'",
        change="state = 'removed'",
        noun="archives",
    ),
    # After their archive is over: whoever makes it adds no more.
    Rule(
        table="data_export_chunks",
        where="export_id in (select id from data_exports where user_id = any (:user_ids))",
    ),
    Rule(
        table="erasures",
        where="user_id = any (:user_ids) and state = 'scheduled'",
        change="state = 'cancelled', cancelled_at = :now",
    ),
    Rule(
        table="idempotency_keys",
        where="split_part(scope, ' ', 1) = any (:scopes)",
    ),
    Rule(
        table="users",
        where="id = any (:user_ids)",
        change="name = 'Erased person', password_hash = null, disabled_at = coalesce(disabled_at, :now)",
        noun="accounts",
    ),
)

_EMPTY = "subject = 'Erased', text = '', html = '', sealed_secret = null, last_error = ''"
# Letters about an account carry its id in their key, whichever address they went to.
_TO_THEM = "(recipient = any (:emails) or split_part(key, ':', 2) = any (:actors))"
_INVITES = (
    "select 'inv_' || replace(cast(id as text), '-', '') from invites where invited_by = any (:user_ids)"
)
_DELETIONS = (
    "select 'del_' || replace(cast(id as text), '-', '') from deletions "
    "where requested_by = any (:user_ids) or restored_by = any (:user_ids)"
)
_ABOUT_THEM = (
    f"(subject_id in ({_INVITES} union all {_DELETIONS}) or kind = 'domain_confirmation' "
    "and exists (select from unnest(cast(:emails as text[])) email where position(email in text) > 0))"
)

# What waits until the last letter has left.
ADDRESS: tuple[Rule, ...] = (
    Rule(
        table="mails",
        where=f"{_TO_THEM} and not (kind = any (:letters_kept))",
        change=f"recipient = 'erased@erased.invalid', {_EMPTY}, "
        "state = case when state in ('queued', 'sending') then 'failed' else state end",
        noun="letters",
    ),
    Rule(
        table="mails",
        where=f"{_ABOUT_THEM} and text <> '' and state not in ('queued', 'sending')",
        change=_EMPTY,
        noun="letters to others that name the person",
    ),
    Rule(
        table="users",
        where="id = any (:user_ids)",
        change="email = 'erased-' || replace(cast(id as text), '-', '') || '@erased.invalid'",
        noun="e-mail addresses",
    ),
)

KEPT: tuple[Rule, ...] = (
    Rule(
        table="audit",
        where="actor_id = any (:actors)",
        noun="entries of the audit log",
        kept=AUDIT_KEPT,
    ),
    Rule(
        table="mails",
        where="recipient = any (:emails) and kind = any (:letters_kept)",
        noun="letters about invoices and payments",
        kept="Commercial letters are kept as long as accounting law requires",
    ),
    Rule(table="erasures", where=_MINE, kept=_BY_ID),
    Rule(table="certificates", where=_MINE, kept=_BY_ID),
    Rule(table="deletions", where="requested_by = any (:user_ids)", kept=_REASON),
    Rule(table="legal_holds", where="placed_by = any (:user_ids)", kept=_REASON),
    Rule(
        table="projects",
        where="owner_staff_id = any (:user_ids)",
        kept="Only staff lead a project by that column",
    ),
    Rule(
        table="organizations",
        where="billing_email = any (:emails)",
        kept="The address for invoices is the organization's; its members change it in its settings",
    ),
    Rule(
        table="organization_settings",
        where="data_contact = any (:emails)",
        kept="The contact for data protection is the organization's; its members change it in its settings",
    ),
)
TABLES = frozenset(rule.table for rule in (*ERASED, *ADDRESS, *KEPT))
