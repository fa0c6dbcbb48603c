"""What an import shows: progress while it runs, and a summary with every fault's line."""

from collections.abc import Mapping
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.usage_file import UsageFile
from cli.usage_import import Importer, Stopped, Tally

_TIMEOUT_SECONDS = 60.0
_FAULTS_SHOWN = 50
_KEY = "Rows are known by their cells (and how many equal rows came before), so importing them again doubles nothing."


def imported(
    path: Path, columns: Mapping[str, str], common: Mapping[str, str], target: tuple[str, str]
) -> Tally | None:
    """Imports a file and shows how it goes; None when it had to stop before the end."""
    url, key = target
    console = Console(stderr=True)
    headers = {"Authorization": f"Bearer {key}"}
    connection = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_SECONDS)
    with UsageFile(path, columns, common) as file, connection as client:
        try:
            tally = _with_bar(Importer(client), file, path.name, console)
        except Stopped as stopped:
            console.print(f"The import stopped at {stopped}", style="red", markup=False)
            console.print("What was taken in stays; run the same command again to go on.")
            return None
    _summarize(tally, console)
    return tally


def _with_bar(importer: Importer, file: UsageFile, name: str, console: Console) -> Tally:
    """Sends the file under a progress bar that counts its bytes."""
    parts = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*parts, TextColumn("{task.fields[state]}"), console=console) as bar:
        task = bar.add_task(name, total=file.size, state="")

        def show(tally: Tally) -> None:
            bar.update(task, completed=file.position, state=f"{tally.accepted + tally.duplicates:,} rows")

        return importer.send(file, show)


def _summarize(tally: Tally, console: Console) -> None:
    """The counts, and every line that was not taken in."""
    for fault in tally.faults[:_FAULTS_SHOWN]:
        console.print(f"line {fault.line}: {fault.detail}", style="red", markup=False, highlight=False)
    if tally.rejected > _FAULTS_SHOWN:
        console.print(f"and {tally.rejected - _FAULTS_SHOWN:,} more lines")
    out = Console(highlight=False)
    out.print(
        f"accepted {tally.accepted:,}  duplicates {tally.duplicates:,}  "
        f"quarantined {tally.quarantined:,}  rejected {tally.rejected:,}"
    )
    if tally.quarantined:
        out.print("Quarantined rows wait for a price: POST /v1/prices, then POST /v1/quarantine/release.")
    console.print(_KEY)
