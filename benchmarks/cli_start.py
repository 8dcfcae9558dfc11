"""How long the tool takes, as a multiple of one empty command of a three-command typer program.

    python benchmarks/cli_start.py [ROUNDS]

Both run in the environment of this Python, in pipes, in turns; a ratio is that of the medians.
Bounds: `--help` 0.5; `new` and `create-module` 1.5.

Twice 40 rounds on 2 cores, Python 3.11, typer 0.29, pydantic 2.14, jinja2 3.1: `--help` 0.16 and 0.16,
`--version` 0.44 and 0.46, `new` 1.31 and 1.35, `create-module` 1.35 and 1.36. Half of the empty command is pydantic,
which typer imports to parse any command; a sixth of ours is jinja2.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BOUNDS = {"--help": 0.5, "--version": None, "new": 1.5, "create-module": 1.5}
TOOL = Path(sys.executable).with_name("ellar")
EMPTY = """
import typer

app = typer.Typer()


@app.command()
def one() -> None: ...


@app.command()
def two() -> None: ...


@app.command()
def three() -> None: ...


app()
"""


def main(rounds: int) -> None:
    """Print the ratios over a number of rounds."""
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, measured in round_of_runs(Path(folder)).items():
                seconds.setdefault(name, []).append(measured)
    base = statistics.median(seconds.pop("empty"))
    sys.stdout.write(f"empty command  {base * 1000:.0f} ms, {rounds} rounds\n")
    for name, all_measured in seconds.items():
        bound = f"  (bound {BOUNDS[name]})" if BOUNDS[name] else ""
        ratio = statistics.median(all_measured) / base
        sys.stdout.write(f"{name:<13}  {ratio:.2f}{bound}\n")


def round_of_runs(folder: Path) -> dict[str, float]:
    """Run everything once in `folder`; return the seconds of each."""
    (folder / "empty.py").write_text(EMPTY)
    return {
        "empty": timed(folder, sys.executable, "empty.py", "two"),
        "--help": timed(folder, TOOL, "--help"),
        "--version": timed(folder, TOOL, "--version"),
        "new": timed(folder, TOOL, "new", "project"),
        "create-module": timed(folder / "project", TOOL, "create-module", "car"),
    }


def timed(folder: Path, *command: str | Path) -> float:
    """Return the seconds that a command takes in `folder`."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
