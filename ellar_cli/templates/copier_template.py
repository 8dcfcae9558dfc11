"""A Copier template of a person's own: rendered by Copier into a temporary folder, and read back."""

import io
import os
import re
import signal
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from pathlib import Path
from shutil import which
from traceback import walk_tb
from typing import NamedTuple

from ellar_cli.errors import CliError
from ellar_cli.project.destination import NewFile

# What a template's tasks may make beside its files, and what is of use in that one folder alone.
_LEFT_OUT = frozenset({".git", ".venv", "venv", "__pycache__"})
# Where a git hook runs this, these name its repository and not the template's.
_GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


class Copied(NamedTuple):
    """The files of a template by their path in the project, with `/` between its parts, and whether it has tasks."""

    files: dict[str, NewFile]
    has_tasks: bool


def copied(source: str, start: Path, name: str, *, trust: bool, ask: bool, skip_tasks: bool = False) -> Copied:
    """Render the Copier template at `source`, a folder (relative to `start`) or a git address.

    Its questions are asked on the terminal where `ask` says so, else answered by their defaults; those for a project's
    name have `name` as theirs. `skip_tasks` leaves its tasks out, which need no trust then.
    Raises CliError for what is no template, fails, or runs code without `trust`.
    """
    address = _address(source, start)
    if not which("git"):
        raise CliError("--template needs git, which is not installed here")
    with tempfile.TemporaryDirectory(prefix="ellar-new-", ignore_cleanup_errors=True) as temporary:
        # A template may make use of the folder's name.
        folder = Path(temporary, name)
        folder.mkdir()  # the tasks of a template without files have it, too
        with _conditions(Path(temporary, "cache"), ask=ask):
            has_tasks = _run(address, folder, trust=trust, ask=ask, skip_tasks=skip_tasks)
        return Copied(dict(_read(folder)), has_tasks)


def _address(source: str, start: Path) -> str:
    """Return a template's source as Copier takes it. Raises CliError for a path that cannot be one."""
    if re.match(r"(git@|gh:|gl:|git\+)", source):
        return source
    if "://" in source:
        return f"git+{source}"
    path = (start / Path(source).expanduser()).resolve()
    if path.is_dir() and not any((path / f"copier.{suffix}").is_file() for suffix in ("yml", "yaml")):
        if _is_bare_repository(path):
            return f"git+{path.as_uri()}"
        raise CliError(f"--template: {path} has no copier.yml, and is no template of Copier")
    if not path.exists():
        raise CliError(f"--template: there is no {path}; write a folder, or a git address like https://host/name.git")
    return str(path)


def _is_bare_repository(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


def _run(address: str, folder: Path, *, trust: bool, ask: bool, skip_tasks: bool) -> bool:
    """Let Copier write into `folder`. Returns whether the template has tasks."""
    # Its import alone takes as long as three whole commands.
    import copier
    from copier.errors import InteractiveSessionError

    try:
        worker = copier.run_copy(
            address,
            folder,
            # What the person who runs this has told Copier elsewhere is no part of the template.
            settings=copier.Settings(),
            user_defaults={"project_name": folder.name},
            defaults=not ask,
            unsafe=trust,
            skip_tasks=skip_tasks,
            quiet=True,
        )
        return bool(worker.template.tasks)
    except (KeyboardInterrupt, InteractiveSessionError):  # Ctrl-C, and Ctrl-D
        raise KeyboardInterrupt from None
    except Exception as error:  # a template can fail in any way that code can
        raise CliError(f"--template: {_explained(error, address)}") from None


def _explained(error: Exception, address: str) -> str:
    from copier.errors import InvalidConfigFileError, TaskError, UnsafeTemplateError
    from plumbum import ProcessExecutionError

    if isinstance(error, UnsafeTemplateError):
        features = re.sub(r".*?features?: (.*?)\.\n.*", r"\1", str(error), flags=re.DOTALL)
        return f"this template runs code of its own ({features}); if you trust it, add --trust"
    if isinstance(error, TaskError):
        command = error.cmd if isinstance(error.cmd, str) else " ".join(error.cmd)
        return f"its task {command!r} failed with exit code {error.returncode}"
    if isinstance(error, ProcessExecutionError):
        told = [line for line in error.stderr.splitlines() if line.startswith(("ssh: ", "ERROR: ", "fatal: "))]
        return f"git: {' '.join(told) or f'exit code {error.retcode}'}"
    if isinstance(error, InvalidConfigFileError):
        return f"{_inside(str(error), address)}{_reason(error.__cause__)}"
    text = " ".join(str(error).split()) or type(error).__name__
    if question := re.fullmatch(r'Question "(.*)" is required', text):
        return f"it asks for {question[1]!r}, which has no default: answer it on a terminal, without --defaults"
    return text if "template path" in text else f"{_where(error, address)}{text}"


def _reason(error: BaseException | None) -> str:
    """Return the line and what is wrong there, as PyYAML says it."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    line = f":{mark.line + 1}" if mark else ""
    return f"{line}: {problem or ' '.join(str(error).split())}"


def _where(error: BaseException, address: str) -> str:
    """Return the file and line of a template at which Jinja stopped, with a colon behind; nothing for other errors."""
    frames = walk_tb((error.__cause__ or error).__traceback__)
    # By this Jinja marks the frames that it makes of a template's lines.
    places = [(frame.f_code.co_filename, line) for frame, line in frames if "__jinja_exception__" in frame.f_globals]
    if not places:
        return ""
    file, line = places[-1]
    # What is in no file is a value of the settings or of a question.
    return "copier.yml: " if file.startswith("<") else f"{_inside(file, address)}:{line}: "


def _inside(file: str, address: str) -> str:
    """Return a file's path in the template, which Copier may have cloned into a temporary folder."""
    if Path(file).is_relative_to(address):
        return Path(file).relative_to(address).as_posix()
    return re.sub(r".*/copier\._vcs\.clone\.[^/]*/", "", Path(file).as_posix())


@contextmanager
def _conditions(cache: Path, *, ask: bool) -> Iterator[None]:
    """Let Copier, git and tasks write nothing elsewhere, print nothing in our result, and wait for nobody."""
    variables = {"COPIER_CACHE_DIR": str(cache)}
    if not ask:
        variables |= {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
    with ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stack.enter_context(_environment(variables))
        stack.enter_context(_terminated_as_interrupted())
        if not ask:
            stack.enter_context(_descriptors_apart())
        stack.enter_context(redirect_stderr(io.StringIO()))
        yield


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = os.environ.copy()
    os.environ.update(variables)
    for name in _GIT_VARIABLES:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end this as Ctrl-C does, so that the temporary folder goes."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _descriptors_apart() -> Iterator[None]:
    """Give the processes that a template starts no input, and standard error for what they print."""
    sys.stdout.flush()
    kept = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    try:
        yield
    finally:
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(nothing)


def _read(folder: Path) -> Iterator[tuple[str, NewFile]]:
    for parent, folders, files in os.walk(folder):
        linked = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and name not in linked)
        for name in sorted(files + linked):
            path = Path(parent, name)
            yield path.relative_to(folder).as_posix(), _file(path)


def _file(path: Path) -> NewFile:
    if path.is_symlink():
        return NewFile(os.fsencode(os.readlink(path)), is_link=True)
    return NewFile(path.read_bytes(), executable=bool(path.stat().st_mode & stat.S_IXUSR))
