"""The pages of the things that findings, processes and letters are about."""

from collections.abc import Mapping

_PAGES: Mapping[str, str] = {
    "org_": "/console/organizations/{}",
    "in_": "/console/invoices/{}",
    "cn_": "/console/invoices/{}",
    "run_": "/console/billing-runs/{}",
    "billing/": "/console/schedules",
    "ledger/": "/console/ledger-seals",
}


def page_of(subject_id: str) -> str | None:
    """Where a thing is shown, by the beginning of its id; None for what has no page."""
    return next(
        (page.format(subject_id) for start, page in _PAGES.items() if subject_id.startswith(start)), None
    )
