"""What the database refuses because somebody else did the same at the same moment, in the words of the rule.

Doors look before they write. Of two that look at the same moment both find nothing, and the second meets the
constraint instead: it is told what it would have been told a moment later. Which constraint says what stands
here; a test finds every constraint that is missing.
"""

from collections.abc import Mapping

from psycopg import Error as PostgresError
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, SerializationFailure, UniqueViolation
from sqlalchemy.exc import DBAPIError

from domain.errors import Conflict, Refusal, WrongState
from domain.invite import AlreadyMember, LivingInvite
from domain.price import AliasExists, PriceExists

# What a transaction raises that met another one; anything else it raises is a mistake of ours.
Clash = DBAPIError
_MOMENT = "Somebody else changed the same at the same moment; look again, then repeat"
_SAME_INSTANT = "effective_at: another price of the same begins at this instant"
RULES: Mapping[str, tuple[type[Conflict], str]] = {
    "billing_profiles_customer": (Conflict, "Another organization is this customer of Stripe already"),
    "billing_runs_workflow_id_key": (Conflict, "This month is being billed already"),
    "data_exports_single": (Conflict, "An archive is being made already; a letter comes when it is ready"),
    "deletions_single": (Conflict, "The deletion of this organization was asked for already"),
    "departments_open": (Conflict, "name: there is a department of this name already"),
    "email_domains_organization_id_name_key": (Conflict, "name: the domain is in the list already"),
    "email_domains_proven": (Conflict, "The domain is proven by another organization; ask us to move it"),
    "erasures_single": (Conflict, "Your account is to be erased already"),
    "invites_living": (LivingInvite, "The address has another invitation by now; send that one again"),
    "invoices_once": (Conflict, "This month was invoiced already"),
    "memberships_pkey": (AlreadyMember, "The person belongs to this organization by now"),
    "model_aliases_pkey": (AliasExists, "alias: this name leads somewhere already"),
    "passkeys_credential_id_key": (Conflict, "This passkey is registered already; sign in with it"),
    "payments_single": (WrongState, "A payment of this invoice is under way; wait for its end"),
    "prices_one_for_each_instant": (PriceExists, _SAME_INSTANT),
    "projects_organization_id_name_key": (
        Conflict,
        "name: this organization has a project of this name already",
    ),
    "provider_credentials_name": (Conflict, "name: there is a key of this name at this provider already"),
    "tax_rates_country_region_effective_on_key": (
        Conflict,
        "effective_on: a rate begins on this day already",
    ),
    "users_email_key": (Conflict, "email: somebody has this address by now; use another one"),
}


def refusal_of(error: DBAPIError) -> Refusal | None:
    """What to tell whoever came second; None when the error is no clash but a mistake of ours."""
    cause = error.orig
    if isinstance(cause, UniqueViolation):
        kind, detail = RULES.get(constraint_of(error), (Conflict, _MOMENT))
        return kind(detail)
    if isinstance(cause, ForeignKeyViolation):
        return Conflict("What this belongs to was removed at the same moment; look again")
    if isinstance(cause, DeadlockDetected | SerializationFailure):
        return Conflict(_MOMENT)
    return None


def constraint_of(error: DBAPIError) -> str:
    """The name of the constraint that was met, if it was one."""
    cause = error.orig
    return (cause.diag.constraint_name or "") if isinstance(cause, PostgresError) else ""
