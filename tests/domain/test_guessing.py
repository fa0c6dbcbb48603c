from datetime import timedelta

from domain.guessing import LONGEST_WAIT, STRANGERS


def test_a_few_mistakes_cost_nothing_and_more_cost_longer_and_longer_waits() -> None:
    assert STRANGERS.wait_after(STRANGERS.free - 1) == timedelta()
    assert STRANGERS.wait_after(STRANGERS.free) == timedelta(seconds=30)
    assert STRANGERS.wait_after(STRANGERS.free + 2) == timedelta(minutes=2)
    assert STRANGERS.wait_after(10_000) == LONGEST_WAIT


def test_the_waits_go_up_to_the_longest() -> None:
    waits = STRANGERS.waits()
    assert waits[-1] == LONGEST_WAIT.total_seconds() == STRANGERS.wait_after(len(waits)).total_seconds()
    assert waits == sorted(waits)
