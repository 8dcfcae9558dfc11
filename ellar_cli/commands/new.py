"""`ellar new`: a project in a folder that holds no other."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple

from ellar_cli.asking import ask, at_a_terminal, confirm
from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.plan import Plan, Show, carry_out
from ellar_cli.changes.record import PLACE
from ellar_cli.distribution.foreign import warn_of_foreign_distributions
from ellar_cli.errors import CliError, UsageError
from ellar_cli.names import module_place, project_name
from ellar_cli.output import command, progress, quote
from ellar_cli.project.destination import Destination, NewFile, destination
from ellar_cli.templates.project_files import NewOptions, ProjectFiles, project_files

_ANSWERS_OF_THIS_MACHINE = rb"^_src_path: ['\"]?(/|~|[A-Za-z]:[/\\]|(git\+)?file:)"


def new(typed: str | None, start: Path, options: NewOptions | None = None, show: Show | None = None) -> None:
    """Make the project `typed` in a folder of that name in `start`, or where the options say.

    A person at a terminal is asked for what is left open.
    Raises UsageError for options that make no sense together, and CliError where a name, a place or a template will
    not do; nothing is written then.
    """
    options, show = options or NewOptions(), show or Show()
    _refuse_combinations(options)
    may_ask = at_a_terminal() and not options.defaults and not show.json
    if may_ask:
        typed, options = _asked(typed, start, options)
    if typed is None:
        raise UsageError(f"Missing argument 'NAME'; see {command('new', '--help')}")
    place = destination(typed, options.directory, start)
    make = _made_from(options, place, start, may_ask=may_ask, dry_run=show.dry_run)
    carry_out(place.existing_above, lambda: _plan(place, make(), options, start), show)
    warn_of_foreign_distributions()


def _refuse_combinations(options: NewOptions) -> None:
    if options.template is None and options.trust:
        raise UsageError("--trust is for the code of a template: say which one with --template")
    own = {
        "--package": options.package,
        "--module": options.modules,
        "--runtime": options.runtime,
        "--docker": options.docker,
        "--ci": options.ci,
    }
    given = [option for option, value in own.items() if value]
    if options.template is not None and given:
        raise UsageError(f"--template brings files of its own: leave out {', '.join(given)}")


class _Question(NamedTuple):
    """What an option leaves open: its field, what becomes of it where nobody is asked, and how it is asked for."""

    field: str
    default: str
    ask: Callable[[], Any]


def _asked(typed: str | None, start: Path, options: NewOptions) -> tuple[str, NewOptions]:
    """Ask for what is left open; after a name that was typed, Enter takes all the rest as it is.

    Raises typer.Abort for Ctrl-C and Ctrl-D.
    """
    name = typed or ask("Name of the project", lambda answer: destination(answer, options.directory, start))
    questions = _questions(destination(name, options.directory, start), options)
    if typed is not None and len(questions) > 1:
        defaults = ", ".join(question.default for question in questions)
        if confirm(f"Take the defaults ({defaults})?", default=True):
            return name, options
    return name, options._replace(**{question.field: question.ask() for question in questions})


def _questions(place: Destination, options: NewOptions) -> list[_Question]:
    questions = []
    if options.template is None:
        questions = [
            _Question("package", f"package {place.name.snake}", lambda: _package(place)),
            _Question("modules", "no module", _modules),
            _Question("docker", "no Docker", lambda: confirm("Files for Docker?", default=False)),
            _Question(
                "ci", "no checks on GitHub", lambda: "github" if confirm("Checks on GitHub?", default=False) else None
            ),
        ]
    if _git_fits(place):
        questions.append(_Question("git", "a git repository", lambda: confirm("A git repository?", default=True)))
    return [question for question in questions if getattr(options, question.field) in (None, ())]


def _package(place: Destination) -> str:
    return ask("Its package", project_name, place.name.snake)


def _modules() -> tuple[str, ...]:
    return _typed_modules(ask("First modules, like car, fleet/bus; Enter for none", _check_modules, ""))


def _typed_modules(answer: str) -> tuple[str, ...]:
    return tuple(typed.strip() for typed in answer.split(",") if typed.strip())


def _check_modules(answer: str) -> None:
    places = [tuple(name.snake for name in module_place(typed)) for typed in _typed_modules(answer)]
    if twice := next((place for place in places if places.count(place) > 1), None):
        raise CliError(f"'{'/'.join(twice)}' is there twice")


def _made_from(
    options: NewOptions, place: Destination, start: Path, *, may_ask: bool, dry_run: bool
) -> Callable[[], ProjectFiles]:
    if options.template is None:
        return lambda: project_files(place, options)
    # Before the lock: a person may take their time to answer.
    from ellar_cli.templates.copier_template import copied

    progress(f"Copying the template {options.template} ...")
    files, has_tasks = copied(
        options.template, start, place.folder.name, trust=options.trust, ask=may_ask, skip_tasks=dry_run
    )
    is_ours = b"[tool.ellar]" in files.get("pyproject.toml", NewFile(b"")).content
    made = ProjectFiles(files, next=[command("runserver")] if is_ours else [])
    for path, file in files.items():
        if ".copier-answers" in path and re.search(_ANSWERS_OF_THIS_MACHINE, file.content, re.MULTILINE):
            shown = place.shown(path)
            made.notes.append(f"No other machine has the template's path: change it in {shown} before you share it.")
    if dry_run and has_tasks:
        trust = "" if options.trust else "; to run them, add --trust"
        made.notes.append(f"The template's tasks are left out of a dry run{trust}.")
    return lambda: made


def _plan(place: Destination, made: ProjectFiles, options: NewOptions, start: Path) -> Plan:
    """Plan the files, but those in whose place a person's own are kept, and the repository."""
    kept = place.kept(made.files)
    files = made.beside(kept)
    place.refuse_others(files, kept)
    changes = ChangeSet(place.base)
    for name in kept:
        changes.keep(place.folder / name, _lacking(place.folder / name, made.files.get(name)))
    record = files.pop(PLACE, None)
    for path, file in files.items():
        changes.create(place.folder / path, file.content, executable=file.executable, is_link=file.is_link)
    _plan_git(changes, place, options)
    if record:  # last: what it lists is there
        changes.create(place.folder / PLACE, record.content)
    if changes.is_empty:
        raise CliError(f"{place.folder} holds this project already; {place.way_out}")
    inside = [] if place.folder == start else [quote("cd", place.shown())]
    return Plan("new", place.base, changes, [*_around(place), *made.notes], [*inside, *made.next])


def _around(place: Destination) -> list[str]:
    """Tell of a project that this one is in: it may have been meant to be a part of that."""
    with suppress(CliError, OSError):  # it is no matter here what is wrong with another project
        if any((folder / "pyproject.toml").is_file() for folder in place.folder.parents):
            from ellar_cli.project.project import project_around

            if other := project_around(place.folder.parent):
                part = command("create-module", place.name.snake)
                return [f"It is inside of another project, {other.root}; to add a module to that: {part}"]
    return []


def _lacking(kept: Path, ours: NewFile | None) -> str:
    """Return which lines a person's .gitignore has not, where the project's has."""
    if kept.name != ".gitignore" or ours is None:
        return ""
    there = kept.read_bytes().split()
    missing = [line.decode() for line in ours.content.split() if line not in there]
    return f"without {' '.join(missing)}" if missing else ""


def _plan_git(changes: ChangeSet, place: Destination, options: NewOptions) -> None:
    if options.git and not which("git"):
        raise CliError("--git needs git, which is not installed here")
    wanted = _git_fits(place) if options.git is None else options.git
    if wanted and not (place.folder / ".git").exists():
        changes.initialise_git(place.folder)


def _git_fits(place: Destination) -> bool:
    """Say whether there is git, and no repository around."""
    around = any((folder / ".git").exists() for folder in (place.folder, *place.folder.parents))
    return not around and which("git") is not None
