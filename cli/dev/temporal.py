"""The embedded Temporal: server, Web UI and SQLite file."""

import asyncio
import shutil
import sys
from pathlib import Path

from cli.dev.probes import answers, reachable
from cli.dev.program import CannotStart, Program

RETENTION = "365d"
SEARCH_ATTRIBUTES = {"OrgId": "Keyword", "Subject": "Keyword", "Stage": "Keyword", "Due": "Datetime"}
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")
# Measured: these take an activity's round trip from 100 to 17 ms (see docs/operations.md).
DYNAMIC_CONFIGURATION = (
    "history.transferProcessorMaxPollRPS=1000",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    "matching.enableFairness=true",
)
# The user's own profiles and variables must not steer the embedded server.
UNSTEERED = ("--disable-config-file", "--disable-config-env")


class Temporal:
    """A development server whose closed workflows stay for a year, as the audit views need."""

    def __init__(self, data: Path, port: int, ui_port: int) -> None:
        self._binary = _binary()
        self._file = data / "temporal" / "temporal.db"
        self._ui_port = ui_port
        self._port = port
        self.address = f"127.0.0.1:{port}"
        self.ui_url = f"http://127.0.0.1:{ui_port}"

    def program(self) -> Program:
        """The server with the measured flags."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        where = ["--db-filename", str(self._file), "--ip", "127.0.0.1", "--port", str(self._port)]
        ui = ["--ui-port", str(self._ui_port), "--ui-disable-news-fetch"]
        pragmas = [part for pragma in PRAGMAS for part in ("--sqlite-pragma", pragma)]
        dynamic = [part for value in DYNAMIC_CONFIGURATION for part in ("--dynamic-config-value", value)]
        search = [
            part for pair in SEARCH_ATTRIBUTES.items() for part in ("--search-attribute", "=".join(pair))
        ]
        command = [self._binary, "server", "start-dev", *where, *ui, *pragmas, *dynamic, *search, *UNSTEERED]
        return Program(name="temporal", command=(*command, "--log-level", "error"), ready=self._whole)

    async def _whole(self) -> bool:
        return (
            await reachable(self.address)
            and await self._keeps_history()
            and await answers(self.ui_url, below=400)()
        )

    async def _keeps_history(self) -> bool:
        """True when the server answers; closed workflows are then kept for a year."""
        process = await asyncio.create_subprocess_exec(
            self._binary,
            *("operator", "namespace", "update", "--namespace", "default", "--retention", RETENTION),
            *("--address", self.address, "--command-timeout", "3s", *UNSTEERED),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait() == 0


def _binary() -> str:
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise CannotStart("the program `temporal` is missing; run `make setup`, or set TEMPORAL_ADDRESS")
    return found
