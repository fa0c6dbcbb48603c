from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import GENESIS, Chained, Entry, canonical, chain, first_break, from_line, to_line
from domain.errors import Invalid

NOW = datetime(2026, 11, 21, 12, 0, 0, 5, tzinfo=UTC)
FACTS = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=3)


def chained(facts: list[dict[str, object]]) -> list[Chained]:
    made: list[Chained] = []
    previous = GENESIS
    for number, after in enumerate(facts, 1):
        made.append(chain(previous, number, NOW, Entry("test", "thing", str(number), after=after)))
        previous = made[-1].hash
    return made


@given(st.lists(FACTS, max_size=6))
def test_an_untouched_chain_holds_also_after_an_export(facts: list[dict[str, object]]) -> None:
    made = chained(facts)
    assert first_break(made) is None
    assert first_break(from_line(to_line(entry)) for entry in made) is None


@given(st.lists(FACTS, min_size=3, max_size=6), st.data())
def test_a_missing_entry_is_named(facts: list[dict[str, object]], data: st.DataObject) -> None:
    made = chained(facts)
    gone = data.draw(st.integers(0, len(made) - 2))
    broken = first_break(made[:gone] + made[gone + 1 :])
    assert broken is not None
    assert broken.number == gone + 1


def test_a_changed_entry_is_named() -> None:
    made = chained([{"n": 1}, {"n": 2}, {"n": 3}])
    second = made[1]
    forged = Chained(2, second.at, Entry("other", "thing", "2"), second.previous_hash, second.hash)
    broken = first_break([made[0], forged, made[2]])
    assert broken is not None
    assert (broken.number, broken.reason) == (2, "entry 2 was changed after it was written")


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    entry = Entry("test", "thing", "1")
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert canonical(1, NOW, entry) == canonical(1, elsewhere, entry)


@pytest.mark.parametrize("line", ["", "{}", "[1]", "nonsense", '{"organization": 7}'])
def test_what_is_not_an_export_is_refused(line: str) -> None:
    with pytest.raises(Invalid):
        from_line(line)
