"""Whose Python runs the application: this tool's own, or that of the project's environment."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ellar_cli.distribution.foreign import overwritten
from ellar_cli.distribution.pip import pip
from ellar_cli.distribution.requirement import DISTRIBUTION, installed_version, runtime_requirement
from ellar_cli.errors import CliError
from ellar_cli.output import paint, quote, warn
from ellar_cli.project.project import find_project

# Tells the tool in the other environment that it was handed the line, and how this one was typed.
HANDED_OVER = "ELLAR_HANDED_OVER"
# The other project's tool would be run in place of this one.
_OTHER = "ellar-cli"
_ASK = f"""
from importlib import metadata, util
for name in ({DISTRIBUTION!r}, {_OTHER!r}):
    try:
        print(metadata.version(name))
    except metadata.PackageNotFoundError:
        print()
print(util.find_spec("pip") is not None)
"""
_ANSWERS = 3


def hand_over(arguments: Sequence[str]) -> None:
    """Let the Python of the project's environment carry out a line, where that is another one; never return then.

    It is the environment that is activated, or else `.venv` in the root of the project, unless this tool is in one of
    the two. Raises CliError where ellar-kit is not in it, or another version of it.
    """
    if os.environ.pop(HANDED_OVER, None) is not None:
        return
    python = _python(Path.cwd())
    if python is None:
        return
    _check(python, arguments)
    sys.stderr.write(paint(f"running with {python}", "dim", sys.stderr) + "\n")
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: a folder of modules has names like those of the standard library.
    command = [str(python), "-P", "-m", "ellar_cli", *arguments]
    environment = os.environ | {HANDED_OVER: sys.argv[0]}
    if os.name == "posix":
        os.execve(python, command, environment)
    sys.exit(subprocess.run(command, env=environment).returncode)


def _python(start: Path) -> Path | None:
    """Return the Python of the environment that is the project's, where it is not this one."""
    environments = [folder for folder in _environments(start) if (folder / "pyvenv.cfg").is_file()]
    if any(folder.resolve() == Path(sys.prefix).resolve() for folder in environments):
        return None
    for folder in environments:
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if os.access(python, os.X_OK):
            return python
        # As in a container that sees the files of another machine.
        warn(f"{folder} has no Python that runs here, so that this tool's own runs the application; {_anew(folder)}")
    return None


def _anew(environment: Path) -> str:
    return f"make it anew: {quote('python3', '-m', 'venv', '--clear', str(environment))}"


def _environments(start: Path) -> list[Path]:
    activated = os.environ.get("VIRTUAL_ENV")
    return [*([Path(activated)] if activated else []), _root(start) / ".venv"]


def _root(start: Path) -> Path:
    try:
        return find_project(start).root
    except (CliError, OSError):  # the command itself says so, or needs none
        return start


def _check(python: Path, arguments: Sequence[str]) -> None:
    environment = python.parents[1]
    version, other, pip_found = _asked(python)
    has_pip = pip_found == "True"
    if other:
        raise CliError(f"{environment}: {overwritten([_OTHER], str(python), has_pip=has_pip)}")
    ours = installed_version(DISTRIBUTION)
    if version == ours:
        return
    begin = f"the application runs with {environment}, which has"
    install = pip("install", runtime_requirement().text, python=str(python), has_pip=has_pip)
    if not version:
        raise CliError(f"{begin} no {DISTRIBUTION}; install it: {install}")
    theirs = quote(str(python.with_name("ellar")), *arguments)
    raise CliError(
        f"{begin} {DISTRIBUTION} {version}, and this tool is {ours}; run that one:\n  {theirs}\n"
        f"or install this one there:\n  {install}"
    )


def _asked(python: Path) -> list[str]:
    """Return the version of ellar-kit there, that of the other project's tool, and whether pip is there."""
    try:
        asked = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True)
        answers, told = asked.stdout.splitlines(), asked.stderr.strip().rpartition("\n")[2]
    except OSError as error:
        answers, told = [], str(error.strerror)
    if len(answers) < _ANSWERS:
        raise CliError(f"{python} does not run{f': {told}' if told else ''}; {_anew(python.parents[1])}")
    return answers[-_ANSWERS:]  # an environment may say something of its own first
