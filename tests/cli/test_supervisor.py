import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.dev.directory import OURS
from tests.cli.running import Running, alive, until


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for one in running:
        if one.process.poll() is None:
            one.process.terminate()
            one.end()


@pytest.fixture
def stack(tmp_path: Path, started: list[Running]) -> Running:
    started.append(Running.start(tmp_path))
    started[0].whole()
    return started[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_polite_signal_stops_everything_and_ends_well(stack: Running, number: signal.Signals) -> None:
    stack.process.send_signal(number)
    stack.end()
    assert stack.process.returncode == 0
    assert not any(alive(pid) for pid in stack.started())


def test_a_killed_supervisor_leaves_no_process_behind(stack: Running) -> None:
    stack.process.kill()
    stack.end()
    assert len(stack.started()) == 4
    until(lambda: not any(alive(pid) for pid in stack.started()))


def test_without_its_guard_a_killed_supervisor_still_takes_its_programs_along(stack: Running) -> None:
    children = psutil.Process(stack.process.pid).children()
    guard = next(child for child in children if "guard" in child.cmdline())
    guard.kill()
    stack.process.kill()
    stack.end()
    until(lambda: not any(child.is_running() and alive(child.pid) for child in children))
    for pid in filter(alive, stack.started()):
        psutil.Process(pid).kill()


def test_programs_stop_before_what_they_need(stack: Running) -> None:
    stack.process.terminate()
    stack.end()
    assert (stack.data / "stopped").read_text().split() == ["upper", "lower"]


def test_a_program_that_dies_is_started_again(stack: Running) -> None:
    first = stack.whole()["pids"]
    psutil.Process(first["upper"]).kill()
    until(lambda: stack.whole()["pids"].get("upper", first["upper"]) != first["upper"])
    assert stack.whole()["pids"]["lower"] == first["lower"]
    assert not alive(stack.started()[3])


def test_a_program_that_keeps_dying_ends_the_stack_with_its_last_words(
    tmp_path: Path, started: list[Running]
) -> None:
    started.append(Running.start(tmp_path, "dying"))
    said = started[0].end()
    assert started[0].process.returncode == 1
    assert "dying keeps dying (5 times in a row). Its last lines:\n    I cannot find my configuration" in said
    assert not (tmp_path / "dev.json").exists()
    assert not any(alive(pid) for pid in started[0].started())


def test_a_second_supervisor_on_the_same_data_is_refused(stack: Running) -> None:
    second = Running.start(stack.data)
    assert f"process {stack.process.pid} already runs the stack" in second.end()
    assert second.process.returncode == 1
    assert stack.whole()


def test_a_new_supervisor_waits_for_the_programs_of_a_killed_one(
    stack: Running, started: list[Running]
) -> None:
    before = stack.started()
    stack.process.kill()
    stack.end()
    started.append(Running.start(stack.data))
    until(lambda: len(stack.started()) == 8)
    assert not any(alive(pid) for pid in before)


def test_the_stack_is_announced_only_while_it_is_whole(stack: Running) -> None:
    assert oct((stack.data / "dev.json").stat().st_mode)[-3:] == "600"
    stack.process.terminate()
    stack.end()
    assert not (stack.data / "dev.json").exists()


def test_a_job_sees_the_whole_stack_and_may_end_it(tmp_path: Path, started: list[Running]) -> None:
    started.append(Running.start(tmp_path, "once"))
    assert '{"job saw": ["lower", "upper"]}' in started[0].end()
    assert started[0].process.returncode == 0


def test_fresh_data_keep_what_is_not_ours(tmp_path: Path, started: list[Running]) -> None:
    (tmp_path / "postgres").mkdir()
    for name in ("mine.txt", "postgres.pw", "dev.half", "worker.ready"):
        (tmp_path / name).touch()
    started.append(Running.start(tmp_path, "once", "fresh"))
    started[0].end()
    assert {path.name for path in tmp_path.iterdir()} & {*OURS, "mine.txt"} == {"mine.txt"}


def test_a_stop_while_starting_is_clean(tmp_path: Path, started: list[Running]) -> None:
    started.append(Running.start(tmp_path, "dying"))
    until(lambda: len(started[0].started()) >= 2)
    started[0].process.terminate()
    started[0].end()
    assert started[0].process.returncode == 0
    assert not any(alive(pid) for pid in started[0].started())
