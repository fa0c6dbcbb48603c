"""The simulated clock: what is due happens at its own moment, whether time passes or is advanced."""

import time

from sandbox import charges, charging, checkout, disputes, refunds
from sandbox.account import Account

_WORK = {
    "book_charge": charges.book_later,
    "settle_debit": charging.settle_debit,
    "dispute_charge": disputes.open_dispute,
    "settle_refund": refunds.settle,
    "fail_refund": refunds.fail,
    "expire_checkout": checkout.expire_unused,
}


def run_due_jobs(account: Account) -> int:
    """Do everything that is due by now, oldest first; answers how much there was."""
    return run_jobs_until(account, account.now())


def run_jobs_until(account: Account, moment: int) -> int:
    """Do everything due up to a moment, each with the clock at its own due time."""
    done = 0
    while row := account.store.row("select * from jobs where due <= ? order by due, id limit 1", moment):
        with account.store.transaction():
            account.store.connection.execute("delete from jobs where id = ?", (row["id"],))
            _WORK[row["kind"]](Account(account.store, account.base_url, at=row["due"]), row["target"])
        done += 1
    return done


def advance_clock(account: Account, seconds: int) -> int:
    """Move the simulated time forward and do what became due; answers the new time."""
    target = account.now() + seconds
    run_jobs_until(account, target)
    account.store.set_switch("clock_offset_seconds", target - int(time.time()))
    return account.now()
