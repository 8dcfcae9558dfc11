"""How long the tool takes, as a multiple of one empty command of a three-command typer program.

    python benchmarks/cli_start.py [ROUNDS]

All run in the environment of this Python, in pipes, in turns; a ratio is that of the medians, but that of 1000 modules
is the median of the ratios of each round. Pages in a terminal are shown in a real one, and Tab is what a shell asks at
it, in the project of one module.
Bounds: `--help` and Tab 0.5; pages in a terminal 1.1; `new` and `create-module` 1.5; `create-module` in a project of
1000 modules 1.2 of that in one of one module. `new` starts git as well, which is a process of its own.

Twice 16 rounds on 2 cores, Python 3.11, typer 0.29, pydantic 2.14, jinja2 3.1: `--help` 0.16, pages in a terminal 0.16
and 0.17, `--version` 0.45, `new` 1.44 and 1.50, `new --no-git` 1.36 and 1.38, `create-module` 1.46 and 1.48,
`create-websocket` 1.45 and 1.46, `destroy` 1.24 and 1.26; in 1000 modules 1.14 and 1.15.
Beside a `--help` of 0.16 and 0.17, Tab 0.18, and 0.39 and 0.40 where the project has changed since the last one and is
read again; in 1000 modules 0.49 to 0.64, and 2.1 to 3.0.
Of what 1000 modules take longer, the parse of the parent is a third, and reading and writing the record (8000 lines) is
another. Where the machine is shared, an empty command may take from 140 to 250 ms within minutes, and ratios swing.
"""

import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ellar_cli.changes.record import PLACE, hash_of

MODULES = 1000
BOUNDS = {
    "--help": 0.5,
    "Tab": 0.5,
    "Tab, after a change": 0.5,
    "in a terminal, --help": 1.1,
    "in a terminal, new --help": 1.1,
    "new": 1.5,
    "create-module": 1.5,
    f"in {MODULES} modules": 1.2,
}
TOOL = Path(sys.executable).with_name("ellar")
# What a shell asks at Tab; each round adds a module, so that the first one finds a project that has changed.
TAB = (TOOL, "__complete", "connect", "/")
# An installed tool is compiled.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
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
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for number in range(rounds):
            for name, measured in round_of_runs(Path(folder), number).items():
                seconds.setdefault(name, []).append(measured)
    medians = {name: statistics.median(measured) for name, measured in seconds.items()}
    base = medians.pop("empty")
    sys.stdout.write(f"empty command              {base * 1000:.0f} ms, {rounds} rounds\n")
    large = f"in {MODULES} modules"
    ratios = {name: median / base for name, median in medians.items()}
    pairs = zip(seconds[large], seconds["create-module"], strict=True)
    ratios[large] = statistics.median(of_many / of_one for of_many, of_one in pairs)
    for name, ratio in ratios.items():
        bound = f"  (bound {BOUNDS[name]})" if name in BOUNDS else ""
        sys.stdout.write(f"{name:<25}  {ratio:.2f}{bound}\n")


def prepare(folder: Path) -> None:
    """Make the projects that the runs add to: `small` with a module, `large` with a thousand."""
    (folder / "empty.py").write_text(EMPTY)
    for name in ("small", "large"):
        timed(folder, TOOL, "new", name)
        timed(folder / name, TOOL, "create-module", "car")
    grow(folder / "large", [f"car{number}" for number in range(1, MODULES)])


def grow(project: Path, names: list[str]) -> None:
    """Add modules like `car` to a project, its root module and its record: a thousand times faster than the tool."""
    package = project / project.name
    record = json.loads((project / PLACE).read_text())
    made = {path: entry for path, entry in record.items() if f"{package.name}/apps/car/" in path}
    for path, entry in made.items():
        text = (project / path).read_text()
        for name in names:
            renamed = project / _renamed(path, name)
            renamed.parent.mkdir(parents=True, exist_ok=True)
            renamed.write_text(content := _renamed(text, name))
            record[_renamed(path, name)] = json.loads(_renamed(json.dumps(entry), name)) | {
                "sha256": hash_of(content.encode())
            }
    lines = (f"{json.dumps(path)}: {json.dumps(entry)}" for path, entry in sorted(record.items()))
    (project / PLACE).write_text("{\n" + ",\n".join(lines) + "\n}\n")
    root_module = package / "root_module.py"
    imported = f"from {package.name}.apps.car.module import CarModule\n"
    listed = "".join(f"        {name.capitalize()}Module,\n" for name in ["car", *names])
    root_module.write_text(
        root_module.read_text()
        .replace(imported, "".join(_renamed(imported, name) for name in sorted(["car", *names])))
        .replace("[CarModule]", f"[\n{listed}    ]")
    )


def _renamed(text: str, name: str) -> str:
    return text.replace("car", name).replace("Car", name.capitalize())


def round_of_runs(folder: Path, number: int) -> dict[str, float]:
    """Run everything once in `folder`; return the seconds of each."""
    small, large = folder / "small", folder / "large"
    return {
        "empty": timed(folder, sys.executable, "empty.py", "two"),
        "--help": timed(folder, TOOL, "--help"),
        "in a terminal, --help": timed(folder, TOOL, "--help", in_terminal=True),
        "in a terminal, new --help": timed(folder, TOOL, "new", "--help", in_terminal=True),
        "Tab, after a change": timed(small, *TAB),
        "Tab": timed(small, *TAB),
        f"Tab, after one in {MODULES}": timed(large, *TAB),
        f"Tab, in {MODULES} modules": timed(large, *TAB),
        "--version": timed(folder, TOOL, "--version"),
        "new": timed(folder, TOOL, "new", f"project-{number}"),
        "new --no-git": timed(folder, TOOL, "new", f"bare-{number}", "--no-git"),
        "create-module": timed(small, TOOL, "create-module", f"bus{number}"),
        f"in {MODULES} modules": timed(large, TOOL, "create-module", f"bus{number}"),
        "create-websocket": timed(small, TOOL, "create-websocket", f"live{number}", "--module", "car"),
        "destroy": timed(small, TOOL, "destroy", "websocket", f"live{number}", "--module", "car"),
    }


def timed(folder: Path, *command: str | Path, in_terminal: bool = False) -> float:
    """Return the seconds that a command takes in `folder`, its output in a pipe, or in a terminal."""
    terminal, inner = pty.openpty()
    output = inner if in_terminal else subprocess.PIPE
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, stdout=output, stderr=output)
    seconds = time.perf_counter() - start
    os.close(terminal)
    os.close(inner)
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
