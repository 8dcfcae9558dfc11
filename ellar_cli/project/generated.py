"""What a command generates as one thing, a module or a websocket: planned whole, or made whole again."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.plan import Plan, Show, carry_out
from ellar_cli.changes.record import Entry, Record
from ellar_cli.errors import CliError, EditRefused
from ellar_cli.output import command
from ellar_cli.project.places import Place
from ellar_cli.project.project import Project
from ellar_cli.project.registration import Registration

Kind = Literal["module", "websocket"]


def generate(project: Project, work: Callable[[ChangeSet, Record], Plan], show: Show) -> None:
    """Carry out what `work` plans in a project, or show it, with what the record is to say of it.

    Raises what `work` raises, with nothing written; and, with the files written, the plan's refusal.
    """

    def make() -> Plan:
        changes = ChangeSet(project.root)
        record = Record.read(project.root, changes)
        plan = work(changes, record)
        record.plan(changes)
        return plan

    carry_out(project.root, make, show)


@dataclass(frozen=True)
class Generated:
    """A module or a websocket in its folder: the text of its files, and the command line that makes it.

    `first_step` is what to do to see it work, once it is registered.
    """

    kind: Kind
    place: Place
    files: Mapping[Path, str]
    made_by: str
    registration: Registration
    first_step: str

    @property
    def thing(self) -> str:
        """What the record calls it."""
        return f"{self.kind} {self.place.shown}"

    def plan(self, changes: ChangeSet, record: Record, *, register: bool) -> Plan:
        """Plan its files, its registration, and what the record says of both.

        Raises CliError where something else is in its place, or all of it is there already.
        """
        self.place.refuse_clash(changes)
        recorded = record.of(self.thing)
        self._refuse_what_is_there(changes, record, recorded, register=register)
        if register and (name := self.registration.name_in_use(changes)):
            raise CliError(f"{self.registration.file} has another {name}; {self.place.other_name(changes)} would do")
        plan = Plan(f"create-{self.kind}", self.place.project.root, changes)
        is_resumed = not recorded and self._is_left_behind()
        for path in self.files:
            self._create(path, recorded, changes, record, is_resumed=is_resumed)
        for package in self.place.packages:
            self._make_package(package, changes, record, is_resumed=is_resumed)
        if register:
            self._register(plan, record, is_new=not recorded)
        else:
            plan.notes += [
                f"Not registered. To do that, write into {self.registration.file}:",
                *self.registration.by_hand.splitlines(),
                f"When it is registered: {self.first_step}",
            ]
        return plan

    def _refuse_what_is_there(
        self, changes: ChangeSet, record: Record, recorded: Mapping[str, Entry], *, register: bool
    ) -> None:
        if not recorded:
            if self._strangers(record, self.place.folder):
                raise self.place.taken(changes)
            return
        is_other = {entry.command for entry in recorded.values()} != {self.made_by}
        paths = {self.place.project.root / path for path in recorded} | (set() if is_other else set(self.files))
        if all(changes.exists(path) for path in paths) and (not register or self._is_registered(changes)):
            raise self.place.taken(changes)
        if is_other:
            made_by = next(iter(recorded.values())).command
            raise CliError(
                f"{self.place.shown} is there in part; complete it: {command(*made_by.split())}"
                f"{self._registered_alone(changes) if register else ''}"
            )

    def _registered_alone(self, changes: ChangeSet) -> str:
        """Say how to list what is there without making files again that a person has removed."""
        sources = [self.place.folder / f"{entry.module.rpartition('.')[2]}.py" for entry in self.registration.entries]
        if self._is_registered(changes) or not all(map(changes.exists, sources)):
            return ""
        return f"; or register it alone, by hand in {self.registration.file}:\n{self.registration.by_hand}"

    def _is_registered(self, changes: ChangeSet) -> bool:
        try:
            return self.registration.is_entered(changes)
        except EditRefused:
            return True  # as far as can be told

    def _strangers(self, record: Record, folder: Path) -> list[Path]:
        """Return the files in a folder that neither this command makes nor another one has made."""
        inside = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        unfinished = (".ellar-new", ".ellar-old")
        return [
            path
            for path in inside
            if path not in self.files and self._shown(path) not in record and not path.name.endswith(unfinished)
        ]

    def _is_left_behind(self) -> bool:
        """Whether it looks as if a command that was killed has made some of it.

        An empty file beside others may be a person's package.
        """
        there = {path for path in self.files if path.exists()}
        inside = set(self.place.folder.rglob("*.py"))
        return any(self.files[path] for path in there) or (bool(inside) and inside <= there)

    def _create(
        self, path: Path, recorded: Collection[str], changes: ChangeSet, record: Record, *, is_resumed: bool
    ) -> None:
        shown, content = self._shown(path), self.files[path].encode()
        is_there = changes.exists(path)
        if shown in recorded and is_there and changes.read(path) != content:
            changes.keep(path, "" if record.is_untouched(shown, changes.read(path)) else "edited since it was made")
            return
        if is_there and changes.read(path) != content:
            raise CliError(f"{shown} exists with other contents; {self.place.other_name(changes)} would do")
        changes.create(path, content)
        if shown not in record and (is_resumed or not is_there):
            record.add(shown, content, thing=self.thing, command=self.made_by)

    def _make_package(self, file: Path, changes: ChangeSet, record: Record, *, is_resumed: bool) -> None:
        """Plan the file that makes a package of a folder above, and record one that a killed command has made."""
        folder = file.parent
        is_there = changes.exists(file)
        if not is_there:
            changes.create(file, "")
        apps = self.place.project.root / self.place.project.apps
        is_left_over = is_resumed and folder != apps and folder not in apps.parents and not changes.read(file)
        if not is_there or (
            is_left_over and self._shown(file) not in record and self._strangers(record, folder) == [file]
        ):
            record.add(self._shown(file), b"", thing=f"package {self._shown(folder)}", command=self.made_by)

    def _register(self, plan: Plan, record: Record, *, is_new: bool) -> None:
        try:
            edits = self.registration.enter(plan.changes, record, is_new=is_new)
        except EditRefused as refused:
            plan.refusal = CliError(
                f"{self.registration.refused(refused)}; "
                f"to register the {self.kind}, add these by hand:\n{self.registration.by_hand}"
            )
        else:
            plan.next.append(self.first_step)
            if edits:
                record.keep_edits(self._shown(self.place.folder / "controllers.py"), edits)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.place.project.root).as_posix()
