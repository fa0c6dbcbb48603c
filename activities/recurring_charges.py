"""The end of an organization's monthly charges with its deletion, each with an entry of the audit log."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from db import audit, organizations, recurring_charges
from db.engine import Tx
from domain.audit import Entry
from domain.deletion import Deletion
from domain.ids import show
from domain.invoice.lines import RecurringCharge
from domain.money import format_amount


async def end_charges(tx: Tx, deletion: Deletion) -> None:
    """Nothing is charged by the month after today; what would begin later goes, and the audit log says what it was."""
    organization = await organizations.get(tx, organization_id=deletion.organization_id)
    today = datetime.now(UTC).astimezone(ZoneInfo(organization.time_zone)).date()
    reason = {"reason": f"deletion {deletion.shown_id}"}
    entries = [
        Entry("recurring_charge.end", *_about(charge), after={"ends_on": str(charge.ends_on), **reason})
        for charge in await recurring_charges.end_all(tx, organization_id=organization.id, on=today)
    ]
    entries += [
        Entry("recurring_charge.delete", *_about(charge), before=_agreed(charge), after=reason)
        for charge in await recurring_charges.delete_later(tx, organization_id=organization.id, than=today)
    ]
    await audit.append(tx, entries)


def _about(charge: RecurringCharge) -> tuple[str, str, UUID]:
    return "recurring_charge", show("chg", charge.id), charge.organization_id


def _agreed(charge: RecurringCharge) -> dict[str, str | None]:
    """What it takes to agree the charge anew."""
    return {
        "kind": charge.kind,
        "description": charge.description,
        "monthly": format_amount(charge.monthly_nanos),
        "starts_on": str(charge.starts_on),
        "ends_on": str(charge.ends_on) if charge.ends_on else None,
    }
