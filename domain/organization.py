"""A client organization: who is billed, in which currency, by which calendar."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID

from domain.email import email_spelled
from domain.errors import Invalid, WrongState
from domain.places import country_named, currency_named, zone_named

BillingMode = Literal["prepaid", "postpaid"]
OrganizationState = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A client; times are aware UTC, `time_zone` decides where its months begin and end."""

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
        )

    def suspended(self, now: datetime) -> "Organization":
        """The organization, suspended.

        Raises:
            WrongState: it is suspended already.
        """
        return self._moved("active", "suspended", now)

    def unsuspended(self, now: datetime) -> "Organization":
        """The organization, active again.

        Raises:
            WrongState: it is not suspended.
        """
        return self._moved("suspended", "active", now)

    def _moved(self, before: OrganizationState, after: OrganizationState, now: datetime) -> "Organization":
        """Changes the state from one to the other."""
        if self.state != before:
            raise WrongState(f"The organization is {self.state}", state=self.state)
        return replace(self, state=after, updated_at=now)


def name_spelled(text: str) -> str:
    """A name without blanks around it, 1 to 200 characters.

    Raises:
        Invalid: it is empty or too long.
    """
    name = " ".join(text.split())
    if not 1 <= len(name) <= 200:
        raise Invalid("name: write 1 to 200 characters")
    return name


def billing_mode_named(text: str) -> BillingMode:
    """Prepaid: usage is taken from credits; postpaid: it is invoiced.

    Raises:
        Invalid: neither.
    """
    if text not in get_args(BillingMode):
        raise Invalid(f"billing_mode: '{text[:16]}' is neither prepaid nor postpaid")
    return cast("BillingMode", text)
