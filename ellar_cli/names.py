"""What a project or a module may be called, and every spelling made from it."""

import keyword
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ellar_cli.errors import CliError

MAX_LENGTH = 64

_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[-_ ]+")
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


def _listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Of every version from 3.11 on, and what older ones had: a name is refused by all Pythons or by none.
_STANDARD_LIBRARY = _listed("""
    abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb
    binascii binhex bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys
    compileall compression concurrent configparser contextlib contextvars copy copyreg cprofile crypt csv ctypes
    curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno
    faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext
    glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress
    itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap
    modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator
    optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath
    pprint profile profiling pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re
    readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd
    smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
    stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
    textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle
    turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg
    winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
""")
# What they are imported as, and what they are installed as.
_DEPENDENCIES = _listed("""
    ellar ellar_cli ellar_kit project_templates annotated_doc annotated_types anyio ast_serialize click colorama
    copier dishka dotenv dunamai exceptiongroup funcy h11 h2 hatchling httpcore httpcore2 httptools httpx httpx2
    httpx2_jsfetch idna importlib_metadata iniconfig itsdangerous jinja2 jinja2_ansible_filters librt markdown_it
    markdown_it_py markupsafe mdurl multipart mypy mypy_extensions mypyc packaging pathspec pip platformdirs pluggy
    plumbum prompt_toolkit py pydantic pydantic_core pydantic_settings pygments pytest python_dotenv
    python_multipart pyyaml questionary rich ruff setuptools shellingham sniffio starlette tomli tomlkit
    trove_classifiers truststore typer typing_extensions typing_inspection uvicorn uvloop watchfiles wcwidth
    websockets wheel wsproto yaml zipp
""")
# What generated handlers use: a parameter of the same name would hide it, or be hidden.
_HANDLER_NAMES = _listed("""
    self websocket data code context ticket error greeting len reply stars text
    Complaint MESSAGE_ADAPTER MESSAGE_MAX_LENGTH Rating ValidationError WebSocketException
""")
# What git ignores in a project, and pytest or ruff pass over, wherever it is.
_PASSED_OVER = _listed("build dist node_modules site_packages venv")
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


def module_place(typed: str) -> tuple[Name, ...]:
    """Return the names of a place among the modules, like fleet/car: of its folders, and of the module at last.

    Raises CliError, with a place that would do, where any of them cannot be a Python package everywhere.
    """
    if "/" not in typed and "\\" not in typed:
        return (module_name(typed),)
    for part in typed.split("/"):
        if reason := _why_no_module(part):
            fault = f": {_shown(part)} {reason}" if part else " has a / with no name beside it"
            raise CliError(f"{_shown(typed)}{fault}; {_offered_place(typed)!r} would do")
    return tuple(Name(_words(part)) for part in typed.split("/"))


def query_parameter(typed: str) -> str:
    """Return the name of a parameter in the query of a websocket: as typed, with `_` for `-` and spaces.

    Raises CliError, with a name that would do, for what cannot be a parameter of its handler.
    """
    if reason := _why_no_parameter(typed):
        raise CliError(f"--query: {_shown(typed)} {reason}; {_offer(typed, _why_no_parameter, 'value')!r} would do")
    return _parameter(typed)


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
    letters = name.class_name.lower()
    # Among a thousand, few have its letters; and __init__.py is no module called init.
    alike = (other for other in existing if re.sub("[-_ ]", "", other).lower() == letters and other[0] != "_")
    return next((other for other in alike if Name(_words(other)).class_name == name.class_name), None)


def free(name: str, existing: Iterable[str]) -> str:
    """Return `name` with the first number that makes it differ from all that exists, cut where it gets too long."""
    taken = set(existing)
    room = MAX_LENGTH - len(f"_{len(taken) + 2}")
    candidates = (Name(_words(f"{name[:room]}_{n}")) for n in range(2, len(taken) + 3))
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
    if snake in _DEVICES or typed.lower() in _DEVICES:
        return "is the name of a device on Windows"
    if snake in {"test", "tests"} or snake.startswith("test_"):
        return "is what pytest takes for a test"
    if snake in _PASSED_OVER:
        return "is a folder that git, pytest and ruff pass over"
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


def _why_no_parameter(typed: str) -> str | None:
    name = _parameter(typed)
    if reason := _why_no_word(typed):
        return reason
    if keyword.iskeyword(name):
        return "is a Python keyword"
    if name in _HANDLER_NAMES:
        return "is a name that the handler needs itself"
    return None


def _parameter(typed: str) -> str:
    return re.sub("[- ]+", "_", typed)


def _why_no_project(typed: str) -> str | None:
    snake = "_".join(_words(typed))
    # Indexes and installers take these spellings of a distribution for one: PyYAML, pyyaml.
    installed = re.sub("[-_]+", "_", distribution_name(typed)).lower()
    if snake in _STANDARD_LIBRARY:
        return "would hide a module of the standard library"
    if not {snake, installed}.isdisjoint(_DEPENDENCIES):
        return "would hide a package that projects need"
    if snake in _FOLDERS:
        return "is a folder that means something else to Python's tools"
    return _why_no_module(typed)


def _offered_place(typed: str) -> str:
    parts = [part for part in re.split(r"[/\\]", typed) if part.strip(". ")]
    return "/".join(_offer(part, _why_no_module) for part in parts) or "app"


def _offer(typed: str, why_not: Callable[[str], str | None], word: str = "app") -> str:
    # A good name needs no table of every character.
    import unicodedata

    last = re.split(r"[/\\]", typed.strip("/\\ "))[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    kept = "_".join(_words(re.sub(r"[^A-Za-z0-9]+", " ", plain)))[: MAX_LENGTH - len(f"{word}_")].strip("_")
    candidates = (kept, f"{kept}_{word}", f"{word}_{kept}") if kept else (word,)
    return next(candidate for candidate in candidates if not why_not(candidate))
