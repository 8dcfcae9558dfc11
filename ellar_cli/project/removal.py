"""Takes out what was generated as one thing, by the record: the exact inverse of what made it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.record import Record
from ellar_cli.errors import CliError, EditRefused
from ellar_cli.output import command
from ellar_cli.project.generated import Kind
from ellar_cli.project.importers import importers
from ellar_cli.project.modules import FoundModule, parent_of
from ellar_cli.project.places import Place
from ellar_cli.project.registration import Registration, entries_of
from ellar_cli.wiring.decorator import module_classes

_MANY = 3


@dataclass(frozen=True)
class Removal:
    """The removal of a module or websocket that the record knows, planned in `changes`."""

    kind: Kind
    place: Place
    changes: ChangeSet
    record: Record

    @property
    def thing(self) -> str:
        """What the record calls it."""
        return f"{self.kind} {self.place.shown}"

    def edited(self) -> list[str]:
        """Return its files that are no more as they were made."""
        there = [path for path in self.record.of(self.thing) if self.changes.exists(self._root / path)]
        return [path for path in there if not self.record.is_untouched(path, self.changes.read(self._root / path))]

    def plan(self, agreed: Collection[str], *, force: bool) -> list[str]:
        """Plan it, with those of the edited files that are in `agreed`; return the ones that stay.

        Raises CliError where others are in it, where the edit of the module above cannot be undone safely, and, without
        `force`, where others import it.
        """
        self._refuse_with_others_in_it()
        self._unregister()
        if not force:
            self._refuse_while_imported()
        kept = [path for path in self.edited() if path not in agreed]
        for path in self.record.of(self.thing):
            file = self._root / path
            if path in kept:
                self.changes.keep(file, "edited since it was made")
                self.record.keep_edits(path, {})
            elif not file.parent.resolve().is_relative_to(self._root.resolve()):
                self.changes.keep(file, "a link leads out of the project")
                self.record.forget(path)
            elif file == self.place.folder / "__init__.py" and self._stays():
                self.changes.keep(file, "others are in its folder")
                self._as_package(path)
            else:
                self.changes.remove(file)
                self.record.forget(path)
        for file in self._files_in(self.place.folder):
            self.changes.keep(file, "not made by ellar")
        self._remove_packages()
        return kept

    @property
    def _root(self) -> Path:
        return self.place.project.root

    def _refuse_with_others_in_it(self) -> None:
        inside = sorted(self._registered_inside(), key=lambda thing: (-thing.count("/"), thing))
        if inside:
            lines = " && ".join(command("destroy", *_typed(thing, self.place)) for thing in inside[:_MANY])
            more = f" and {len(inside) - _MANY} more" if len(inside) > _MANY else ""
            raise CliError(f"{self.place.shown} has others in it; first {lines}{more}")

    def _registered_inside(self) -> Iterator[str]:
        """Yield what is made in its folder and listed there: what would be lost with it."""
        inside = f"{self.place.shown}/"
        for thing in self.record.things():
            kind, _, place = thing.partition(" ")
            if place.startswith(inside) and kind in ("module", "websocket"):
                edits = [file for entry in self.record.of(thing).values() for file in entry.edits]
                if kind == "websocket" or any(file.startswith(inside) for file in edits):
                    yield thing

    def _unregister(self) -> None:
        edits = {file: edit for entry in self.record.of(self.thing).values() for file, edit in entry.edits.items()}
        above = parent_of(self.place.project, self.changes, self.place.folder).file
        for file in {self._root / path for path in edits} or {above}:
            if self.changes.exists(file):
                self._leave(file, edits.get(file.relative_to(self._root).as_posix(), ""))

    def _leave(self, file: Path, edit: str) -> None:
        entries = entries_of(self.place.project, self.thing)
        content = self.changes.read(file)
        is_listed = any(entry.class_name.encode() in content for entry in entries)
        shown = file.parent.relative_to(self._root).as_posix()
        registration = Registration(
            self.place.project, FoundModule(shown, file, "", f"{shown.replace('/', '.')}.{file.stem}"), entries
        )
        try:
            every = [
                replace(registration, parent=replace(registration.parent, class_name=class_name))
                for class_name in module_classes(content)
            ]
            # Where none lists it any more, its import may still be there.
            for one in list(filter(self._may_list, every)) or every:
                one.leave(self.changes, self.record, edit)
        except EditRefused as refused:
            if is_listed:
                raise CliError(
                    f"{registration.refused(refused)}. Nothing was removed; "
                    f"take these out by hand, and type it again:\n{registration.by_hand}"
                ) from None

    def _may_list(self, registration: Registration) -> bool:
        try:
            return registration.is_entered(self.changes)
        except EditRefused:
            return True

    def _stays(self) -> set[str]:
        """Return the modules that were made in its folder, and are listed elsewhere."""
        inside = f"{self.place.shown}/"
        modules = (
            place for kind, _, place in (thing.partition(" ") for thing in self.record.things()) if kind == "module"
        )
        return {place.replace("/", ".") for place in modules if place.startswith(inside)}

    def _as_package(self, path: str) -> None:
        """Record the file of a package as what the last of those in it takes with it."""
        made_by = self.record.of(self.thing)[path].command
        self.record.forget(path)
        self.record.add(
            path, self.changes.read(self._root / path), thing=f"package {self.place.shown}", command=made_by
        )

    def _refuse_while_imported(self) -> None:
        stays = self._stays()
        if found := list(importers(self.place.project, self.changes, self.place.import_path, stays)):
            more = f" and {len(found) - _MANY} more" if len(found) > _MANY else ""
            raise CliError(
                f"{self.place.import_path} is imported by {', '.join(found[:_MANY])}{more}; "
                "take that out first, or remove it all the same with --force"
            )

    def _files_in(self, folder: Path) -> list[Path]:
        """Return the files that stay in a folder without being of anything recorded."""
        inside = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
        return [
            path
            for path in inside
            if self.changes.exists(path) and path.relative_to(self._root).as_posix() not in self.record
        ]

    def _remove_packages(self) -> None:
        """Remove the packages that were made on the way to it, where nobody is in them any more."""
        for folder in (self.place.folder, *self.place.folder.parents):
            shown = folder.relative_to(self._root).as_posix() if folder.is_relative_to(self._root) else ""
            for path in self.record.of(f"package {shown}"):
                file = self._root / path
                is_used = any(f"{thing.partition(' ')[2]}/".startswith(f"{shown}/") for thing in self._others(shown))
                is_as_made = not self.changes.exists(file) or self.record.is_untouched(path, self.changes.read(file))
                if not is_used and is_as_made and not self._files_in(folder):
                    self.changes.remove(file)
                    self.record.forget(path)

    def _others(self, shown: str) -> set[str]:
        return self.record.things() - {f"package {shown}"}


def _typed(thing: str, module: Place) -> list[str]:
    """Return how destroy is told of a thing in `module`."""
    kind, _, place = thing.partition(" ")
    apps = f"{module.project.apps}/"
    if kind == "module":
        return ["module", place.removeprefix(apps)]
    above, _, name = place.rpartition("/")
    return ["websocket", name, "--module", above.removeprefix(apps)]
