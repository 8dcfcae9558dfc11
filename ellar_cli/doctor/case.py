"""What is examined: a project, or an application alone, and what came of starting it."""

import os
import re
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ellar_cli.application.target import Target
from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import PLACE, Record
from ellar_cli.doctor.finding import CORRECT, Finding, NotChecked
from ellar_cli.errors import CliError
from ellar_cli.project.project import Project

if TYPE_CHECKING:
    from ellar.core import ImproperlyConfigured


_PLACE = re.compile(
    r"(?P<place>environment variable \w+|[^\s:]+\.(toml|json)|[^\s:]*\.env[\w.]*|[^\s:]+:[\w.]+"
    # A file elsewhere, which may be in a folder with a space.
    r"|([^:\n]*\.\.)?/[^:\n]+(\.env[\w.]*|:\d+)|[^:\n]+\.env[\w.]*:\d+): (?P<words>.+)",
    re.DOTALL,
)
# How the runtime's errors tell what to do.
_VERBS = "add|annotate|call|change|did you mean|give|import|leave|list|make|move|name|provide|put|set|subclass|take|use"
_REMEDY = re.compile(rf"(?P<problem>.+?)(?:: |; (?=did you mean ))(?P<remedy>(?:{_VERBS}|write) .+)", re.DOTALL)


@dataclass
class Case:
    """An application that this process is prepared for.

    `config` is the class to check as production's, if one is named; `is_server` says that this is where it is in force.
    """

    target: Target
    config: str | None = None
    is_server: bool = False
    changes: ChangeSet = field(init=False)

    def __post_init__(self) -> None:
        self.changes = ChangeSet(self.target.folder)

    @property
    def project(self) -> Project:
        """The project. Raises NotChecked outside of one."""
        if self.target.project is None:
            raise NotChecked("--app names an application alone")
        return self.target.project

    @cached_property
    def record(self) -> Record:
        """What was generated. Raises CliError where that cannot be read."""
        try:
            return Record.read(self.project.root, self.changes)
        except OSError as error:
            raise CliError(f"{self.project.root / PLACE}: it cannot be read: {error.strerror}") from None

    @cached_property
    def started(self) -> Any | CliError:
        """The application, or the mistake that keeps it from starting."""
        from ellar_cli.application.loading import load  # the runtime, which has to be ours

        try:
            with redirect_stdout(sys.stderr):  # what the application prints is no part of a result
                return load(self.target)
        except CliError as mistake:
            return mistake

    @property
    def application(self) -> Any:
        """The application. Raises NotChecked where it does not start."""
        self.check_start()
        return self.started

    def check_start(self) -> None:
        """Raise NotChecked where the application does not start."""
        if isinstance(self.started, CliError):
            raise NotChecked("the application does not start")

    def finding(self, code: str, error: "ImproperlyConfigured", otherwise: str = "") -> Finding:
        """Return a mistake in a declaration as a finding, at the place `otherwise` where it names none."""
        place, words = self.split(str(error), otherwise)
        found = _REMEDY.fullmatch(words)
        return Finding(code, place, *(found.groups() if found else (words, CORRECT)))

    def split(self, told: str, otherwise: str = "") -> tuple[str, str]:
        """Return the place that an error begins with, and what it says; without one, where the application is named."""
        told = told.replace(f"{self.target.folder}{os.sep}", "")
        found = _PLACE.fullmatch(told)
        if found:
            return found["place"], found["words"]
        return otherwise or self.named_at, told.removeprefix(f"{self.named_at}: ")

    @property
    def named_at(self) -> str:
        """Where the application is named."""
        return "pyproject.toml" if self.target.project else self.target.setting

    def shown(self, path: Path | str) -> str:
        """Return a path as findings have it: from the project's root, where it is in there."""
        path = Path(path)
        return path.relative_to(self.target.folder).as_posix() if path.is_relative_to(self.target.folder) else str(path)
