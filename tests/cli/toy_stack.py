"""A stack of small programs under the real supervisor, run as a process of its own by the tests."""

import json
import sys
from pathlib import Path

from cli.dev.console import Console
from cli.dev.directory import Directory
from cli.dev.probes import exists
from cli.dev.program import Guard, Program, Step
from cli.dev.session import Assembly, Options, run
from cli.dev.stack import Announcement

# Starts a grandchild that ignores polite signals, says so in a file, and notes when it is told to stop.
WORKS = """
import json, os, signal, subprocess, sys, time
name, data = sys.argv[1:]
stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
grandchild = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
grandchild.stdout.readline()
def stop(*_):
    open(data + "/stopped", "a").write(name + "\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
open(data + "/started", "a").write(f"{os.getpid()} {grandchild.pid}\\n")
open(f"{data}/{name}.up", "w").close()
time.sleep(600)
"""
DIES = "print('I cannot find my configuration'); raise SystemExit(3)"


def toy(data: Path, name: str, needs: tuple[str, ...] = (), code: str = WORKS) -> Program:
    up = data / f"{name}.up"
    command = (sys.executable, "-c", code, name, str(data))
    return Program(
        name=name, command=command, ready=exists(up), before=lambda: up.unlink(missing_ok=True), needs=needs
    )


def announcement(pids: dict[str, int]) -> Announcement:
    return Announcement(
        api_url="http://127.0.0.1",
        console_url="http://127.0.0.1",
        temporal_address="127.0.0.1:7233",
        temporal_ui_url=None,
        stripe_sandbox_url=None,
        outbox_url="",
        admin_email="",
        admin_password="",
        admin_api_key="",
        database_url="",
        pids=pids,
    )


def assemble(options: Options, directory: Directory, console: Console, guard: Guard) -> Assembly:
    parts: list[Program | Step] = [toy(directory.path, "lower"), toy(directory.path, "upper", ("lower",))]
    if "dying" in sys.argv:
        parts.append(toy(directory.path, "dying", code=DIES))
    return parts, announcement


async def job(told: Announcement) -> int:
    print(json.dumps({"job saw": sorted(told.pids)}), flush=True)
    return 0


if __name__ == "__main__":
    options = Options(data=Path(sys.argv[1]), fresh="fresh" in sys.argv)
    sys.exit(run(options, job, once="once" in sys.argv, assemble=assemble))
