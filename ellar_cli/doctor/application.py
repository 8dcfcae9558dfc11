"""Mistakes that keep an application from starting."""

import re
from collections.abc import Iterable, Iterator

from ellar.core import ImproperlyConfigured
from ellar.exceptions import MissingFolder, MissingTemplate, UnknownProvider
from ellar_cli.application.settings import options_of
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import CORRECT, Finding, NotChecked
from ellar_cli.errors import CliError

_CODES = {UnknownProvider: "E102", MissingTemplate: "E103", MissingFolder: "E104"}
_HINT = re.compile(r"  (did you mean|if the name is right)")


def mistakes(case: Case) -> Iterator[Finding]:
    """Yield what keeps the application from starting: the first mistake, and the same kind in other routes."""
    broken = case.started
    if not isinstance(broken, CliError):
        return
    error = broken.__context__
    if isinstance(error, ImproperlyConfigured):
        yield from _told_once(case.finding(_code(mistake), mistake) for mistake in (error, *error.others))
    else:
        yield _raised(str(broken), case)


def others(case: Case) -> Iterator[Finding]:
    """Yield nothing. Raises NotChecked where one mistake may hide others."""
    case.check_start()
    yield from ()


def options(case: Case) -> Iterator[Finding]:
    """Yield the options of the server that `.env` and the environment give, and that it does not take."""
    from ellar_cli.serving.options import converted  # uvicorn, which takes its time

    try:
        given = options_of(case.target)
    except CliError:  # a broken `.env` keeps the application from starting, too
        raise NotChecked("the application does not start") from None
    for option in given:
        try:
            converted(option.name, option.value, option.written)
        except CliError as mistake:
            words = str(mistake).removeprefix(f"{option.written}: ")
            yield Finding("E105", case.shown(option.written), words, CORRECT)


def _told_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each mistake once: what several routes need has one remedy, whichever way led there."""
    seen: set[tuple[str, str, str]] = set()
    for finding in findings:
        mistake = (finding.place, finding.problem.partition(" (")[0], finding.remedy)
        if mistake not in seen:
            seen.add(mistake)
            yield finding


def _code(mistake: ImproperlyConfigured) -> str:
    return next((code for kind, code in _CODES.items() if isinstance(mistake, kind)), "E101")


def _raised(told: str, case: Case) -> Finding:
    place, words = case.split(told)
    *lines, last = words.splitlines()
    if lines and _HINT.match(last):
        return Finding("E101", place, "\n".join(lines), last.strip())
    return Finding("E101", place, words, CORRECT)
