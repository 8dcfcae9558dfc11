"""What a project or a module may be called, and every spelling made from it."""

import keyword
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ellar_cli.errors import CliError

MAX_LENGTH = 64

_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[-_ ]+")
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


def _listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Which modules the standard library has differs between Python versions; a name is refused by all of them or by none.
_STANDARD_LIBRARY = sys.stdlib_module_names | _listed("""
    aifc annotationlib asynchat asyncore audioop binhex cgi cgitb chunk compression crypt distutils imghdr imp lib2to3
    mailcap msilib nis nntplib ossaudiodev pathlib pipes smtpd sndhdr spwd string sunau telnetlib uu xdrlib
""")
_DEPENDENCIES = _listed("""
    ellar ellar_cli ellar_kit project_templates annotated_doc annotated_types anyio ast_serialize click colorama
    copier dishka dotenv dunamai funcy h11 h2 hatchling httpcore httpcore2 httptools httpx httpx2 idna iniconfig
    itsdangerous jinja2 jinja2_ansible_filters librt markdown_it markupsafe mdurl multipart mypy mypy_extensions mypyc
    packaging pathspec pip platformdirs pluggy plumbum prompt_toolkit py pydantic pydantic_core pydantic_settings
    pygments pytest python_multipart questionary rich ruff setuptools shellingham sniffio starlette tomlkit
    trove_classifiers truststore typer typing_extensions typing_inspection uvicorn uvloop watchfiles wcwidth websockets
    wheel wsproto yaml
""")
# Folders of a project that are something else to the tools working in it: tests, pytest's conftest, what git ignores.
_FOLDERS = _listed("build conftest dist docs env htmlcov node_modules site_packages tests vendor venv")


@dataclass(frozen=True)
class Name:
    """One name in all the spellings that generated code needs, made of lower-case ASCII words."""

    words: tuple[str, ...]

    @property
    def snake(self) -> str:
        """`chat_room`: packages, folders, variables."""
        return "_".join(self.words)

    @property
    def kebab(self) -> str:
        """`chat-room`: URLs."""
        return "-".join(self.words)

    @property
    def class_name(self) -> str:
        """`ChatRoom`: the start of class names."""
        return "".join(word.capitalize() for word in self.words)

    @property
    def title(self) -> str:
        """`Chat room`: what people read."""
        return " ".join(self.words).capitalize()


def module_name(typed: str) -> Name:
    """Return the name of a module of the application.

    Raises CliError, with a name that would do, for what cannot be a Python package everywhere.
    """
    return _decide(typed, _why_no_module)


def project_name(typed: str) -> Name:
    """Return the name of a project and its package.

    Raises CliError, with a name that would do, for what cannot be one or would hide a package it needs.
    """
    return _decide(typed, _why_no_project)


def distribution_name(typed: str) -> str:
    """Return the name that a project has as a folder and a distribution: as typed, with `-` for spaces."""
    return re.sub(" +", "-", typed)


def clash(name: str, existing: Iterable[str]) -> str | None:
    """Return the existing name that is the same one on a file system that ignores case."""
    return next((other for other in existing if other.casefold() == name.casefold()), None)


def same_class(name: Name, existing: Iterable[str]) -> str | None:
    """Return the existing module whose classes have the names that this one's would have: car2 and car_2."""
    return next((other for other in existing if Name(_words(other)).class_name == name.class_name), None)


def free(name: str, existing: Iterable[str]) -> str:
    """Return `name` with the first number that makes it differ from all that exists."""
    taken = set(existing)
    candidates = (Name(_words(f"{name}_{n}")) for n in range(2, len(taken) + 3))
    return next(c.snake for c in candidates if not clash(c.snake, taken) and not same_class(c, taken))


def _decide(typed: str, why_not: Callable[[str], str | None]) -> Name:
    if reason := why_not(typed):
        raise CliError(f"{_shown(typed)} {reason}; {_offer(typed, why_not)!r} would do")
    return Name(_words(typed))


def _words(typed: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD_BOUNDARY.split(typed) if word)


def _shown(typed: str) -> str:
    return repr(typed if len(typed) <= MAX_LENGTH else f"{typed[:MAX_LENGTH]}...")


def _why_no_module(typed: str) -> str | None:
    snake = "_".join(_words(typed))
    if reason := _why_no_word(typed):
        return reason
    if keyword.iskeyword(typed) or keyword.iskeyword(snake):
        return "is a Python keyword"
    if snake in _DEVICES:
        return "is the name of a device on Windows"
    if snake in {"test", "tests"} or snake.startswith("test_"):
        return "is what pytest takes for a test"
    return None


def _why_no_word(typed: str) -> str | None:
    if not typed.strip():
        return "is no name"
    if max(len(typed), len("_".join(_words(typed)))) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    if "/" in typed or "\\" in typed or typed in {".", ".."}:
        return "is a path, not a name"
    if not typed.isascii():
        return f"has {_first_foreign(typed)}, which not every URL, package index and file system takes"
    if typed[0].isdigit():
        return "starts with a digit"
    if not re.fullmatch(r"[A-Za-z](?:[-_ A-Za-z0-9]*[A-Za-z0-9])?", typed):
        return "is no name: letters, digits, '-', '_' and spaces, starting with a letter and not ending with a sign"
    return None


def _first_foreign(typed: str) -> str:
    """Name a letter that may look like another one."""
    import unicodedata

    letter = next(letter for letter in typed if not letter.isascii())
    return f"{letter!r} ({unicodedata.name(letter, 'a letter without a name').lower()})"


def _why_no_project(typed: str) -> str | None:
    snake = "_".join(_words(typed))
    if snake in _STANDARD_LIBRARY:
        return "would hide a module of the standard library"
    if snake in _DEPENDENCIES:
        return "would hide a package that projects need"
    if snake in _FOLDERS:
        return "is a folder that means something else to Python's tools"
    return _why_no_module(typed)


def _offer(typed: str, why_not: Callable[[str], str | None]) -> str:
    # A good name needs no table of every character.
    import unicodedata

    last = re.split(r"[/\\]", typed.strip("/\\ "))[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    kept = "_".join(_words(re.sub(r"[^A-Za-z0-9]+", " ", plain)))[: MAX_LENGTH - len("app__app")].strip("_")
    candidates = (kept, f"{kept}_app", f"app_{kept}") if kept else ("app",)
    return next(candidate for candidate in candidates if not why_not(candidate))
