"""Where a new project goes: its name, its folder, and what may be in that folder already."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ellar_cli.errors import CliError, UsageError
from ellar_cli.names import Name, clash, distribution_name, free, project_name
from ellar_cli.output import command

# What people, GitHub and editors put into a folder before there is a project in it.
_KEPT = [".git", ".gitignore", ".gitattributes", ".venv", "venv", ".idea", ".vscode", ".ds_store"]
_KEPT_BEGINNINGS = ("readme", "licence", "license", "copying")
_LEFT_BY_A_KILLED_RUN = (".ellar-new", ".ellar-old")


@dataclass(frozen=True)
class NewFile:
    """A file of the new project; of a symbolic link the content is where it leads."""

    content: bytes
    executable: bool = False
    is_link: bool = False


@dataclass(frozen=True)
class Destination:
    """A project that is to be, as typed at `start`; `way_out` is what to do where its folder will not do."""

    name: Name
    distribution: str
    folder: Path
    start: Path
    way_out: str

    @property
    def existing_above(self) -> Path:
        """The nearest folder above the project's that is there, or its own where that one may not be read."""
        above = next(folder for folder in self.folder.parents if folder.is_dir())
        return self.folder if self.folder.is_dir() and not os.access(above, os.R_OK) else above

    @property
    def readme(self) -> str:
        """The README in Markdown that the project has, or will have."""
        there = os.listdir(self.folder) if self.folder.is_dir() else []
        return next((name for name in there if name.casefold() == "readme.md"), "README.md")

    @property
    def base(self) -> Path:
        """The folder that the changes' paths are relative to."""
        return self.start if self.folder.is_relative_to(self.start) else self.folder.parent

    def shown(self, path: str = "") -> str:
        """Return a path in the project as it is typed at `start`."""
        return os.path.relpath(self.folder / path, self.start)

    def kept(self, planned: Mapping[str, NewFile]) -> list[str]:
        """Return what is there before a project is, and stays as it is: a README, a licence, git's and editors' files.

        Raises CliError where the folder is none.
        """
        if not os.path.lexists(self.folder):
            return []
        if not self.folder.is_dir():
            raise CliError(f"{self.folder} is no folder; {self.way_out}")
        there = sorted(name for name in os.listdir(self.folder) if _is_kept(name))
        return [name for name in there if not self._is_there(name, planned.get(name))]

    def refuse_others(self, planned: Mapping[str, NewFile], kept: Collection[str]) -> None:
        """Raise CliError, which names it, where anything else is in the folder than is kept or planned just so."""
        if in_the_way := [path for path in self._others(planned) if path not in kept]:
            more = f" and {len(in_the_way) - 1} more" if len(in_the_way) > 1 else ""
            way_out = "complete it by the line that began it" if self._is_unfinished() else self.way_out
            raise CliError(f"{self.folder} holds {in_the_way[0]}{more} already; {way_out}")

    def _is_unfinished(self) -> bool:
        """Has a command that was killed left something here?"""
        names = (name for _, folders, files in os.walk(self.folder) for name in (*folders, *files))
        return any(name.endswith(_LEFT_BY_A_KILLED_RUN) for name in names)

    def _others(self, planned: Mapping[str, NewFile]) -> Iterator[str]:
        folders = {parent.as_posix() for path in planned for parent in Path(path).parents}
        for place, names, files in os.walk(self.folder):
            inside = Path(place).relative_to(self.folder)
            for name in sorted(names + files):
                path = (inside / name).as_posix()
                is_ours = path in folders or self._is_there(path, planned.get(path))
                if not is_ours and not name.endswith(_LEFT_BY_A_KILLED_RUN):
                    yield path
            names[:] = [name for name in names if (inside / name).as_posix() in folders]

    def _is_there(self, path: str, file: NewFile | None) -> bool:
        there = self.folder / path
        if file is None or there.is_symlink() != file.is_link:
            return False
        return os.fsencode(os.readlink(there)) == file.content if file.is_link else _content(there) == file.content


def destination(typed: str, directory: str | None, start: Path) -> Destination:
    """Return where the project `typed` goes: into `directory`, or a folder of its name in `start`, or `start` for `.`.

    Raises UsageError for `.` with a directory, and CliError for a name that will not do or a folder that differs from
    an existing one only in case.
    """
    if typed in {".", "./"}:
        if directory:
            raise UsageError(f"'.' is a project in this folder: leave {directory} out, or type a name")
        name, distribution, folder = _name_of(start), distribution_name(start.name), start
    else:
        name, distribution = project_name(typed), distribution_name(typed)
        folder = (start / (directory or distribution)).resolve()
    beside = os.listdir(folder.parent) if os.access(folder.parent, os.R_OK) and folder.parent.is_dir() else []
    offer = f"{free(name.snake, beside)!r} would do"
    if (taken := clash(folder.name, beside)) and taken != folder.name:
        raise CliError(f"{taken} exists already in {folder.parent}; {offer}")
    way_out = "choose another folder" if directory or folder == start else offer
    return Destination(name, distribution, folder, start, way_out)


def _is_kept(name: str) -> bool:
    return name.lower() in _KEPT or name.lower().startswith(_KEPT_BEGINNINGS)


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _name_of(folder: Path) -> Name:
    try:
        return project_name(folder.name)
    except CliError as error:
        raise CliError(f"{error}: {command('new', 'NAME', '.')}") from None
