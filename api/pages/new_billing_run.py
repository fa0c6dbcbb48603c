"""Beginning a month-end: first a preview, then the run itself with the previewed amounts confirmed."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import billing_runs as doors
from api.billing_run_shapes import NewBillingRun
from api.billing_runs import RunInPath
from api.pages.acts import done
from api.pages.asking import given, organization_named, organizations_offered
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.security import HouseTransaction, Principal, Transaction, needs
from db import billing_runs
from db.engine import Tx
from domain.errors import Invalid, WrongState
from domain.ids import show
from domain.period import previous_month, show_period

router = new_pages("/billing-runs")
Writer = Annotated[Principal, Depends(needs("billing:write"))]
_MOST = 1_000


class PreviewForm(BaseModel):
    """What to preview: a month, of everybody or of those named, one on each line."""

    period: str = Field("", max_length=20)
    organizations: str = Field("", max_length=100_000)


class StartForm(BaseModel):
    """How to invoice what was previewed; the organizations and the month are the preview's."""

    canary: int = Field(0, ge=0, le=10_000)
    close_early: bool = False


@router.get("/new")
async def show_form(request: Request, tx: Transaction, _: Writer) -> Response:
    """The form of a preview."""
    last = show_period(previous_month(datetime.now(UTC).date().replace(day=1)))
    asked = {"period": last} | given(request)
    return page(request, "billing_runs/new.html", asked=asked, offered=await organizations_offered(tx))


@router.post("", dependencies=[OncePerForm])
async def preview(
    form: Annotated[PreviewForm, Form()], request: Request, tx: HouseTransaction, principal: Writer
) -> Response:
    """Computes the month without leaving anything but the result."""
    ids = await _named(tx, form.organizations)
    body = NewBillingRun(period=form.period, preview=True, organization_ids=ids)
    started = await doors.start(body, request, tx, principal)
    text = "The preview is being computed. It changes nothing; no client sees it."
    return done(request, f"/console/billing-runs/{started.id}", text, tone="info")


@router.post("/{run_id}/start", dependencies=[OncePerForm])
async def start(
    run_id: RunInPath,
    form: Annotated[StartForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Invoices the month of a preview, for the same organizations."""
    seen = await billing_runs.get(tx, run_id=run_id)
    if not seen.preview or seen.state != "completed":
        raise WrongState("Only a completed preview can be invoiced; begin with one", state=seen.state)
    ids = None if seen.organization_ids is None else [show("org", one) for one in seen.organization_ids]
    body = NewBillingRun(period=show_period(seen.period), organization_ids=ids, **form.model_dump())
    started = await doors.start(body, request, tx, principal)
    return done(request, f"/console/billing-runs/{started.id}", "The month-end has begun.")


async def _named(tx: Tx, text: str) -> list[str] | None:
    """The ids of the organizations that the lines name; None for everybody.

    Raises:
        Invalid: a line names nobody, or there are too many lines.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST:
        raise Invalid(f"organizations: name at most {_MOST:,}, or nobody for everybody")
    return [(await organization_named(tx, line)).shown_id for line in lines] or None
