"""How billing runs are asked for and shown."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from domain.billing_run import BillingRun, ItemState, Progress, RunItem, RunState
from domain.ids import show
from domain.money import format_amount, format_known
from domain.period import show_period


class NewBillingRun(BaseModel):
    """A month to invoice."""

    period: str = Field(max_length=20, examples=["2023-11"])
    preview: bool = Field(default=False, description="Compute everything, leave nothing but the result")
    organization_ids: list[str] | None = Field(None, max_length=10_000, description="Everybody when left out")
    canary: int = Field(0, ge=0, le=10_000, description="So many organizations first; then the run waits")
    close_early: bool = Field(default=False, description="Invoice a month that has not ended")


class Reason(BaseModel):
    """Why."""

    reason: str = Field("", max_length=500)


class StartedRun(BaseModel):
    """A run that was asked for, or steered."""

    id: str
    workflow_id: str
    state: RunState


class ShownRun(BaseModel):
    """A billing run and how far it is; amounts are what was (in a preview: would be) invoiced."""

    id: str
    workflow_id: str
    period: str
    zone: str
    preview: bool
    canary: int
    state: RunState
    stage: str
    organizations: int
    pending: int
    invoiced: int
    skipped: int
    held: int
    failed: int
    anomalies: int
    total: str | None = Field(description="When everything is in one currency")
    totals: dict[str, str] = Field(description="By currency")
    chunks: int
    requested_by: str
    last_error: str
    needs: str = Field(description="What a person has to decide or mend; empty: nothing")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, run: BillingRun, progress: Progress, needs: str) -> Self:
        """The run as the door shows it."""
        totals = {currency: format_amount(nanos) for currency, nanos in progress.totals}
        facts = {name: getattr(run, name) for name in cls.model_fields if hasattr(run, name)}
        counts = {
            name: getattr(progress, name) for name in ("pending", "invoiced", "skipped", "held", "failed")
        }
        shown: dict[str, Any] = {
            "id": show("run", run.id),
            "period": show_period(run.period),
            "anomalies": progress.held,
            "totals": totals,
            "needs": needs,
            "total": next(iter(totals.values()), "0.00") if len(totals) < 2 else None,
        }
        return cls(**facts | counts | shown)


class ShownItem(BaseModel):
    """What became of one organization; `result` holds the figures of a preview."""

    organization_id: str
    organization: str
    state: ItemState
    invoice_id: str | None
    currency: str
    total: str | None
    last_month: str | None
    reason: str
    result: dict[str, Any] | None

    @classmethod
    def of(cls, item: RunItem) -> Self:
        """The item as the door shows it."""
        return cls(
            organization_id=show("org", item.organization_id),
            organization=item.organization_name,
            state=item.state,
            invoice_id=None if item.invoice_id is None else show("in", item.invoice_id),
            currency=item.currency,
            total=format_known(item.total_nanos),
            last_month=format_known(item.last_month_nanos),
            reason=item.reason,
            result=None if item.result is None else _amounts(item.result),
        )


def _amounts(facts: dict[str, Any]) -> dict[str, Any]:
    """The same with every amount as the doors write it: `total_nanos: 1000000000` becomes `total: "1.00"`."""
    shown: dict[str, Any] = {}
    for name, value in facts.items():
        if name == "lines":
            shown[name] = [_amounts(line) for line in value]
        elif name.endswith("_nanos"):
            shown[name.removesuffix("_nanos")] = format_amount(int(value))
        else:
            shown[name] = value
    return shown
