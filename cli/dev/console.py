"""What the supervisor shows: every program's lines under its name, and its own few words."""

import sys
from collections import deque
from pathlib import Path
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93)
WIDTH = 9
REMEMBERED_LINES = 40


class Console:
    """Writes prefixed lines to `out`, coloured on a terminal, and all lines to `<logs>/<name>.log`.

    A quiet console shows only the supervisor's own words; the files get everything.
    """

    def __init__(self, logs: Path, out: TextIO | None = None, *, quiet: bool = False) -> None:
        self._logs = logs
        self._out = out or sys.stdout
        self._quiet = quiet
        self.coloured = self._out.isatty()
        self._colours: dict[str, int] = {}
        self._files: dict[str, TextIO] = {}
        self._last: dict[str, deque[str]] = {}

    def say(self, text: str) -> None:
        """A word of the supervisor itself."""
        self._write("dev", text)

    def line(self, name: str, text: str, *, hidden: bool = False) -> None:
        """A line of program `name`; a hidden one goes to its file only."""
        self._last.setdefault(name, deque(maxlen=REMEMBERED_LINES)).append(text)
        file = self._files.get(name) or self._open(name)
        file.write(text + "\n")
        file.flush()
        if not (hidden or self._quiet):
            self._write(name, text)

    def last(self, name: str) -> list[str]:
        """The last lines program `name` wrote, oldest first."""
        return list(self._last.get(name, ()))

    def path(self, name: str) -> Path:
        """The file with every line of program `name`; the run before is kept beside it."""
        return self._logs / f"{name}.log"

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _open(self, name: str) -> TextIO:
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self.path(name)
        if path.exists():
            path.replace(path.with_suffix(".before.log"))
        self._files[name] = path.open("w", encoding="utf-8")
        return self._files[name]

    def _write(self, name: str, text: str) -> None:
        label = f"{name:<{WIDTH}}│"
        if self.coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            label = f"\x1b[{colour}m{label}\x1b[0m"
        print(label, text, file=self._out, flush=True)
