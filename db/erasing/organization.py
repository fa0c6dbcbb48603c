"""An organization's data. Parameters: `organization_id`, `name` (its pseudonym), `pseudonym` (an address), `now`."""

from db.erasing.rules import Rule
from domain.certificate import AUDIT_KEPT

_ITS = "organization_id = :organization_id"
_TAX = "Accounts and their vouchers are kept as long as tax and commercial law requires"
_METADATA = (
    "Figures behind invoices: times, models, counts, prices and the user ids as they were sent; no text"
)
_REASON = "It names organization and people by ids, beside the reason that was written down"
_BY_ID = "It names organization and people by ids only"

ERASED: tuple[Rule, ...] = (
    Rule(table="sessions", where=_ITS, noun="sessions"),
    Rule(
        table="api_keys",
        where=_ITS,
        change="revoked_at = coalesce(revoked_at, :now), name = 'Erased key', created_by = '', last_used_ip = '', "
        "kind = 'secret', origins = '{}', public_key = ''",
        noun="API keys",
    ),
    Rule(table="assignments", where=_ITS),
    Rule(table="invites", where=_ITS, noun="invitations"),
    Rule(table="sign_on_identities", where=_ITS, noun="identities at its sign-on provider"),
    Rule(table="sign_on_trips", where=_ITS),
    Rule(table="identity_providers", where=_ITS, noun="sign-on providers with their secrets"),
    Rule(table="email_domains", where=_ITS, noun="proven domains"),
    Rule(table="provider_credentials", where=_ITS, noun="keys at providers of models"),
    Rule(table="milestones", where=_ITS, noun="milestones"),
    Rule(table="project_members", where=_ITS, noun="project roles"),
    Rule(
        table="projects",
        where=_ITS,
        change="name = 'Project ' || id, description = ''",
        noun="names of projects",
    ),
    Rule(
        table="departments",
        where=_ITS,
        change="name = 'Department ' || id",
        noun="names of departments",
    ),
    Rule(table="organization_settings", where=_ITS, noun="settings"),
    Rule(
        table="data_exports",
        where="organization_id = :organization_id and deletion_id is null and state = 'ready'",
        change="state = 'removed'",
        noun="archives",
    ),
    Rule(
        table="data_exports",
        where="organization_id = :organization_id and deletion_id is null and state in ('requested', 'building')",
        change="state = 'cancelled'",
    ),
    # After their archive is over: whoever makes it adds no more.
    Rule(
        table="data_export_chunks",
        where="export_id in (select id from data_exports where organization_id = :organization_id "
        "and deletion_id is null)",
    ),
    Rule(
        table="memberships",
        where="organization_id = :organization_id and exists (select from memberships other "
        "where other.user_id = memberships.user_id and other.organization_id <> :organization_id)",
        noun="memberships",
    ),
    Rule(
        table="organizations",
        where="id = :organization_id",
        change="name = :name, state = 'deleted', updated_at = :now, suspended_reason = ''",
        noun="names of the organization",
    ),
    Rule(
        table="organizations",
        where="id = :organization_id and not cast(:owing as boolean)",
        change="billing_email = :pseudonym",
        noun="addresses for invoices",
    ),
    Rule(
        table="billing_profiles",
        where="organization_id = :organization_id and not cast(:owing as boolean)",
        change="legal_name = '', address_lines = '{}', tax_id = '', payment_method_id = null, "
        "payment_method_label = '', updated_at = :now",
        noun="billing profiles",
    ),
)

# Deleted before all else, in portions: there may be millions.
PAYLOADS = Rule(table="usage_payloads", where=_ITS, noun="texts of requests and responses")

# What waits until the last letter has left.
ADDRESSES: tuple[Rule, ...] = (
    Rule(
        table="mails",
        where="organization_id = :organization_id and not (kind = any (:letters_kept))",
        change="recipient = :pseudonym, subject = 'Erased', text = '', html = '', sealed_secret = null, "
        "last_error = '', state = case when state in ('queued', 'sending') then 'failed' else state end",
        noun="letters",
    ),
)

KEPT: tuple[Rule, ...] = (
    Rule(table="invoices", where=f"{_ITS} and state <> 'draft'", noun="invoices and credit notes", kept=_TAX),
    Rule(table="invoice_lines", where=_ITS, kept=_TAX),
    Rule(table="invoice_documents", where=_ITS, kept=_TAX),
    Rule(table="payments", where=_ITS, noun="payments", kept=_TAX),
    Rule(table="postings", where=_ITS, noun="postings", kept=_TAX),
    Rule(table="wallets", where=_ITS, kept=_TAX),
    Rule(table="credit_lots", where=_ITS, kept=_TAX),
    Rule(table="prices", where=_ITS, kept=_TAX),
    Rule(table="recurring_charges", where=_ITS, kept=_TAX),
    Rule(table="billing_run_items", where=_ITS, kept=_TAX),
    Rule(table="billing_run_sums", where=_ITS, kept=_TAX),
    Rule(table="proof_findings", where=_ITS, kept=_TAX),
    Rule(
        table="mails",
        where=f"{_ITS} and kind = any (:letters_kept)",
        noun="letters about invoices and payments",
        kept="Commercial letters are kept as long as accounting law requires",
    ),
    Rule(
        table="usage",
        where=_ITS,
        noun="usage records",
        kept=_METADATA,
        counted="select coalesce(sum(requests), 0) from usage_by_hour where organization_id = :organization_id",
    ),
    Rule(table="audit", where=_ITS, noun="entries of the audit log", kept=AUDIT_KEPT),
    Rule(table="intents", where=_ITS, kept=_BY_ID),
    Rule(table="deletions", where=_ITS, kept=_REASON),
    Rule(table="legal_holds", where=_ITS, kept=_REASON),
    Rule(table="certificates", where=_ITS, kept="The proof of the deletion itself"),
    Rule(table="account_sums", where=_ITS, kept=_METADATA),
    *(
        Rule(table=name, where=_ITS, kept=_METADATA)
        for name in (
            "usage_keys",
            "usage_by_hour",
            "usage_by_model",
            "usage_by_project",
            "usage_by_user",
            "usage_by_key",
            "usage_by_bot",
            "usage_by_project_model",
            "usage_closed",
            "usage_tops",
        )
    ),
)
TABLES = frozenset(rule.table for rule in (*ERASED, PAYLOADS, *ADDRESSES, *KEPT))
