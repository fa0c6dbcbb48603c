"""How long `backoffice dev` takes until all is healthy: on an empty data directory, and again on what it left.

.venv/bin/python -m benchmarks.start [--rounds 3] [--json FILE]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.stories.crashing import CLEAN


def until_healthy(data: Path) -> float:
    """Seconds from the command to dev.json; the stack is stopped again."""
    began = time.perf_counter()
    with (data / "said").open("ab") as said:
        command = [sys.executable, "-m", "cli.main", "dev", "--data", str(data)]
        process = subprocess.Popen(command, env=CLEAN, stdout=said, stderr=said)
    while not (data / "dev.json").exists():
        if process.poll() is not None:
            raise RuntimeError((data / "said").read_text()[-2000:])
        time.sleep(0.02)
    took = time.perf_counter() - began
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    return took


def measure(rounds: int) -> dict[str, float]:
    """The best of some rounds: seconds cold and warm."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="backoffice-bench-") as folder:
            cold.append(until_healthy(Path(folder)))
            warm.append(until_healthy(Path(folder)))
    return {
        "cold seconds (reach 15)": min(cold),
        "warm seconds (reach 8)": min(warm),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.rounds)
    for name, value in found.items():
        print(f"{name:30} {value:8.2f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
