"""Anybody's CSV becomes usage: columns, times, numbers, and ids that a second import finds again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.usage_import import Identities, Layout, columns_named, placed, record_of, time_written

COLUMNS = "occurred_at=TIMESTAMP, input_tokens=In,output_tokens=Out"
HEADER = ["TIMESTAMP", "In", "Out", "Note"]


def layout(**common: str) -> Layout:
    return placed(columns_named(COLUMNS), HEADER, common)


def test_columns_become_fields_beside_what_all_rows_share() -> None:
    cells = ["2023-11-16 18:17:03.9799600", "4808", " 10 ", "x"]
    assert record_of(cells, layout(model="m"), "i") == {
        "id": "i",
        "model": "m",
        "occurred_at": "2023-11-16T18:17:03.979960+00:00",
        "input_tokens": 4808,
        "output_tokens": 10,
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-11-16T18:17:03Z", "2023-11-16T18:17:03+00:00"),
        ("2023-11-16 20:17:03+02:00", "2023-11-16T20:17:03+02:00"),
        ("1700158623", "2023-11-16T18:17:03+00:00"),
        ("1700158623500", "2023-11-16T18:17:03.500000+00:00"),
        ("2023-11-16", "2023-11-16T00:00:00+00:00"),
    ],
)
def test_times_are_read_as_people_write_them(written: str, meant: str) -> None:
    assert time_written(written).isoformat() == meant


@pytest.mark.parametrize(
    "cells", [["", "1", "2"], ["noon", "1", "2"], ["2023-11-16", "1.5", "2"], ["2023-11-16"]]
)
def test_a_bad_cell_is_refused(cells: list[str]) -> None:
    with pytest.raises(Invalid):
        record_of(cells, layout(), "i")


@pytest.mark.parametrize(
    "text", ["input_tokens=In", "occurred_at=T,tokens=In", "occurred_at", "occurred_at=T,occurred_at=U"]
)
def test_a_mapping_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        columns_named(text)


def test_a_column_that_is_not_in_the_file_is_named() -> None:
    with pytest.raises(Invalid, match="no column 'TIMESTAMP'"):
        placed(columns_named(COLUMNS), ["In", "Out"], {})


@given(st.lists(st.lists(st.text(max_size=3), min_size=2, max_size=2), max_size=30))
def test_a_second_import_gives_the_same_ids_and_equal_rows_differ(rows: list[list[str]]) -> None:
    first, second = Identities(), Identities()
    ids = [first.identity(row) for row in rows]
    assert ids == [second.identity(row) for row in rows]
    assert len(set(ids)) == len(rows)


def test_a_file_that_grew_or_was_reordered_keeps_its_ids() -> None:
    before, after = Identities(), Identities()
    old = {before.identity([text]) for text in ("a", "b", "a")}
    new = {after.identity([text]) for text in ("c", "b", "a", "a")}
    assert old < new
