"""`ellar doctor`: what is wrong with a project, and what mends it."""

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill

from ellar_cli.application.target import check_config, find_target, prepare
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.examination import Examination, examine
from ellar_cli.doctor.finding import CODES, Finding
from ellar_cli.errors import CliError, UsageError
from ellar_cli.output import paint, say, say_json

_INDENT = " " * 6


def doctor(start: Path, app: str | None, config: str | None, ignored: Sequence[str], *, as_json: bool) -> bool:
    """Print what is wrong with the project around `start`, or the application `app`; return whether nothing is.

    `config` is the class whose code is checked as production's. Raises CliError where there is no application,
    UsageError for what `config` or a code cannot be, and the error that ends a check, after printing all findings.
    """
    _check_options(config, ignored)
    try:
        target = find_target(start, app)
    except CliError as error:
        error.outcome = _document(Examination(not_checked=dict.fromkeys(CODES, "there is nothing to look at")))
        raise
    in_force = os.environ.get("ELLAR_CONFIG_MODULE")  # before the project's stands there
    prepare(target)
    if target.project and in_force == target.project.config:
        in_force = None
    named = config or in_force
    done = examine(Case(target, named, is_server=named == in_force), ignored)
    if isinstance(done.failure, CliError) and as_json:
        done.failure.outcome = _document(done)
    elif as_json:
        say_json(_document(done))
    else:
        _say(done)
    if done.failure:
        sys.stdout.flush()  # what was found comes first, also where both go into one file
        raise done.failure
    return not done.findings


def _check_options(config: str | None, ignored: Sequence[str]) -> None:
    if config is not None:
        check_config(config)
    for code in ignored:
        if code not in CODES:
            near = get_close_matches(code.upper(), CODES, 1, 0.5) or ["E305"]
            raise UsageError(f"--ignore cannot be {code!r}; write a code like {near[0]}")


def _document(done: Examination) -> dict[str, object]:
    return {
        "command": "doctor",
        "findings": [finding._asdict() for finding in done.findings],
        "checked": done.checked,
        "not_checked": done.not_checked,
    }


def _say(done: Examination) -> None:
    for finding in done.findings:
        _say_finding(finding)
    checks = _counted(len(done.checked), "check")
    if done.findings:
        say(paint(f"{_counted(len(done.findings), 'finding')} in {checks}", "red"))
    else:
        say(paint(f"{checks}, nothing found", "green"))
    for reason in dict.fromkeys(done.not_checked.values()):
        codes = [code for code, why in done.not_checked.items() if why == reason]
        say(f"Not checked, because {reason}: {', '.join(codes)}")


def _say_finding(finding: Finding) -> None:
    say(f"{paint(finding.code, 'red')}  {paint(finding.place, 'bold')}")
    for line in finding.problem.splitlines():
        say(_wrapped(line))
    # A command is to be copied, so its lines stay whole.
    say(f"{_INDENT}{paint('fix:', 'green')} " + finding.remedy.replace("\n", f"\n{_INDENT}  ") + "\n")


def _wrapped(line: str) -> str:
    """A line with its indent, on a terminal as wide as that."""
    if not sys.stdout.isatty():
        return f"{_INDENT}{line}"
    margin = _INDENT + line[: len(line) - len(line.lstrip())]
    width = get_terminal_size().columns
    return fill(line.strip(), width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
