"""A client organization: who is billed, in which currency, by which calendar."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal, cast, get_args
from uuid import UUID

from domain.email import email_spelled
from domain.errors import Invalid, WrongState
from domain.places import country_named, currency_named, zone_named
from domain.spelling import name_spelled, reason_spelled

BillingMode = Literal["prepaid", "postpaid"]
OrganizationState = Literal["active", "suspended", "deleting", "deleted"]
OrganizationKind = Literal["company", "personal"]
Plan = Literal["free", "lite", "pro", "max", "enterprise"]


class OrganizationDeleted(WrongState):
    """The organization is deleted: nothing of it is written anew."""

    code: ClassVar[str] = "organization_deleted"


def require_writable(state: str) -> None:
    """Refuses to write anew what was erased.

    Raises:
        OrganizationDeleted: it was.
    """
    if state == "deleted":
        raise OrganizationDeleted("The organization is deleted: nothing of it is written anew", state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A client; times are aware UTC, `time_zone` decides where its months begin and end.

    `kind` is `personal` for somebody who registered themselves; `plan` is the label staff give it.
    `suspended_reason` says why its service is interrupted, and is empty while it is not.
    """

    id: UUID
    name: str
    billing_email: str
    currency: str
    time_zone: str
    country: str
    billing_mode: BillingMode
    legal_entity: str
    created_at: datetime
    updated_at: datetime
    state: OrganizationState = "active"
    kind: OrganizationKind = "company"
    plan: Plan = "free"
    suspended_reason: str = ""

    def checked(self) -> "Organization":
        """The same with every field in its one spelling.

        Raises:
            Invalid: a field cannot be what it says; the message names it and the remedy.
        """
        return replace(
            self,
            name=name_spelled(self.name),
            billing_email=email_spelled(self.billing_email, field="billing_email"),
            currency=currency_named(self.currency),
            time_zone=zone_named(self.time_zone),
            country=country_named(self.country),
            billing_mode=billing_mode_named(self.billing_mode),
            plan=plan_named(self.plan),
        )

    def suspended(self, reason: str, now: datetime) -> "Organization":
        """The organization, suspended for a reason that its people are shown.

        Raises:
            Invalid: the reason is empty or too long.
            WrongState: it is suspended already, or being deleted.
        """
        why = reason_spelled(reason)
        return replace(self._moved("active", "suspended", now), suspended_reason=why)

    def unsuspended(self, now: datetime) -> "Organization":
        """The organization, active again.

        Raises:
            WrongState: it is not suspended.
        """
        return replace(self._moved("suspended", "active", now), suspended_reason="")

    def require_there(self) -> None:
        """Refuses to write anew what was erased.

        Raises:
            OrganizationDeleted: it is.
        """
        require_writable(self.state)

    def require_joinable(self) -> None:
        """Refuses to let anybody join what is leaving.

        Raises:
            OrganizationDeleted: it is deleted.
            WrongState: it is being deleted.
        """
        self.require_there()
        if self.state == "deleting":
            raise WrongState("The organization is being deleted; nobody can join it", state=self.state)

    def _moved(self, before: OrganizationState, after: OrganizationState, now: datetime) -> "Organization":
        """Changes the state from one to the other."""
        if self.state != before:
            raise WrongState(f"The organization is {self.state}", state=self.state)
        return replace(self, state=after, updated_at=now)


def personal_organization(
    *,
    organization_id: UUID,
    name: str,
    email: str,
    country: str,
    currency: str,
    time_zone: str,
    legal_entity: str,
    now: datetime,
) -> Organization:
    """The organization of one person who registered themselves: prepaid, so that nothing is owed unasked.

    `name` and `email` are the person's; without a name the organization is called by the address.

    Raises:
        Invalid: a field cannot be what it says.
    """
    who = " ".join(name.split()) or email.partition("@")[0]
    return Organization(
        id=organization_id,
        name=who[:200],
        billing_email=email,
        currency=currency,
        time_zone=time_zone,
        country=country,
        billing_mode="prepaid",
        legal_entity=legal_entity,
        created_at=now,
        updated_at=now,
        kind="personal",
    ).checked()


def plan_named(text: str) -> Plan:
    """One of the plans.

    Raises:
        Invalid: there is no such plan.
    """
    return cast("Plan", _one_of(get_args(Plan), text, field="plan"))


def _one_of(known: Collection[str], text: str, *, field: str) -> str:
    """The text, if it is one of the known ones."""
    if text not in known:
        raise Invalid(f"{field}: '{text[:16]}' is none of {', '.join(known)}")
    return text


def billing_mode_named(text: str) -> BillingMode:
    """Prepaid: usage is taken from credits; postpaid: it is invoiced.

    Raises:
        Invalid: neither.
    """
    return cast("BillingMode", _one_of(get_args(BillingMode), text, field="billing_mode"))
