"""Dead ends that help: what other tools call it, slips of the finger, and the line that was meant.

Read only after the parser has refused a line, so that nothing here is in the way of a right one.
"""

import math
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.exceptions import Exit, TyperException

from ellar_cli.errors import CliError


def _listed(words: str, *meaning: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(words.split(), meaning)


_COMMANDS = {
    **_listed("startproject bootstrap", "new"),
    **_listed("init", "new", "."),
    **_listed("startapp", "create-module"),
    **_listed("run serve server start up s", "runserver"),
    **_listed("dev develop watch", "runserver", "--reload"),
    **_listed("help -h -?", "--help"),
    **_listed("version -v -V info about", "--version"),
    **_listed("console repl tinker shell_plus python ipython", "shell"),
    **_listed("command cmd exec invoke task call", "app"),
    **_listed("urls show_urls route route:list router:list debug:router list-routes show-routes", "routes"),
    **_listed("check diagnose lint status verify", "doctor"),
    **_listed("env settings diffsettings showconfig show-config config:show environment", "config"),
    **_listed("wscat websocat ws wsdump", "connect"),
    **_listed("completions autocomplete autocompletion generate-shell-completion", "completion"),
    **_listed("--install-completion --show-completion", "completion"),
}
_MAKE = frozenset({"generate", "gen", "g", "create", "make", "add", "scaffold"})
_REMOVE = frozenset({"destroy", "remove", "rm", "delete", "del", "d", "undo", "uninstall"})
_KINDS = {
    **_listed("project", "project"),
    **_listed("websocket ws gateway ga consumer channel socket", "websocket"),
    **_listed(
        "module mo mod app application resource res feature scaffold"
        " controller co c service s provider pr router route blueprint",
        "module",
    ),
}
_OPTIONS = {
    **_listed("-h -?", "--help"),
    **_listed("-d --dry", "--dry-run"),
    **_listed("-f", "--force"),
    **_listed("-y --yes --no-input --no-interaction", "--defaults", "--force"),
    **_listed("-g --skip-git", "--no-git", "--match"),
    **_listed("--skip-tests --no-spec --no-test", "--no-tests"),
    **_listed("--skip-import", "--no-register"),
    **_listed("-m --app", "--module"),
    **_listed("-p", "--port"),
    **_listed("-H", "--header", "--host"),
    **_listed("-b --bind", "--host"),
    **_listed("--cert --certificate", "--ssl-certfile"),
    **_listed("--key", "--ssl-keyfile"),
    **_listed("--env", "--env-file"),
    **_listed("--debug", "--reload"),
    **_listed("--grep --path", "--match"),
    **_listed("-w --watch", "--reload"),
    **_listed("--noreload", "--no-reload"),
}
_LEAST_LIKENESS = 0.7
_APPLICATION = re.compile(r"[^\W\d][\w.]*:[^\W\d]\w*")
_LISTENING = re.compile(r"(?:(?P<host>[\w.]+|\[[\da-f:]+\]):)?(?P<port>\d+)")


def meant(arguments: Sequence[str], parser: TyperGroup) -> list[list[str]]:
    """Return the lines that a refused one may have meant: each is understood, and has the same names in it."""
    if not arguments or not "".join(arguments).isprintable():
        return []
    lines = (_complete(line, parser) for line in _fitted(list(arguments), parser) if line != arguments)
    return [line for line in lines if line]


def _complete(line: list[str], parser: TyperGroup) -> list[str] | None:
    candidates = [line]
    if line[0] in parser.commands and not _options(parser, line[0]).get(line[-1]):  # that wants a value, not a name
        candidates += [[*line, "NAME"], [*line, Path(os.environ.get("SHELL", "bash")).name]]
    return next((candidate for candidate in candidates if _is_understood(candidate, parser)), None)


def _fitted(arguments: list[str], parser: TyperGroup) -> Iterator[list[str]]:
    for line in _in_our_words(arguments, parser):
        command, *rest = line
        if command in parser.commands:
            rest = _with_our_options(rest, command, parser, is_ours=arguments[0] == command)
        yield [command, *rest]


def _in_our_words(arguments: list[str], parser: TyperGroup) -> Iterator[list[str]]:
    word, *rest = arguments
    verb, *joined = re.split("[:_-]", word)
    if word in _REMOVE:
        kind, names = _kind(rest)
        # A project is removed by nothing of ours.
        yield ["destroy", kind or ("project" if "project" in names else "module"), *(names or ["NAME"])]
    elif word == "create-websocket":
        yield _in_a_module(rest)
    elif word in parser.commands:
        yield arguments
    elif word == "help" and rest:
        yield [*rest, "--help"]
    elif word in _KINDS and rest and not rest[0].startswith(("/", "ws:", "wss:")):
        yield from _made(word, *_kind(arguments))
    elif word in _COMMANDS:
        yield [*_COMMANDS[word], *rest] if word != "init" or not rest else ["new", *rest]
    elif verb in _MAKE and (not joined or joined[0] in _KINDS):
        yield from _made(verb, *_kind([*joined, *rest]))
    elif verb in _REMOVE and joined:
        yield from _in_our_words([verb, *joined, *rest], parser)
    elif verb == "new" and joined and joined[0] in _KINDS:
        yield from _made(verb, *_kind([*joined, *rest]))
    # `install` is close to `uninstall`, and its opposite.
    elif close := _closest(word, [*parser.commands, *_COMMANDS, *_MAKE, *(_REMOVE - {"uninstall"})]):
        yield from _in_our_words([close, *rest], parser)


def _kind(words: list[str]) -> tuple[str | None, list[str]]:
    """Split what is to be made or removed from its name; a kind alone is a name, but for our own kinds."""
    names = [word for word in words if not word.startswith("-")]
    kind = _closest(words[0], _KINDS) if len(names) > 1 else next(iter(names), None)
    if kind in ("module", "websocket") or (kind and len(names) > 1):
        return _KINDS[kind][0], words[1:]
    return None, words


def _made(verb: str, kind: str | None, words: list[str]) -> Iterator[list[str]]:
    if kind == "project" or (kind is None and verb == "create" and not _is_in_project()):
        yield ["new", *words]
    elif kind != "websocket":
        yield ["create-module", *words]
    else:
        line = _in_a_module(words)
        yield from [["create-module", *words], line] if line[-1] == "MODULE" else [line]


def _in_a_module(words: list[str]) -> list[str]:
    """Return the line that makes a websocket; `car/chat` and `chat car` say where, too."""
    if any(re.fullmatch("(--module|-m|--app)(=.*)?", word) for word in words):
        return ["create-websocket", *words]
    if words and (place := re.fullmatch(r"(\w.*)/([^/]+)", words[0])):
        return ["create-websocket", place[2], "--module", place[1], *words[1:]]
    if len(words) > 1 and not any(word.startswith("-") for word in words[:2]):
        return ["create-websocket", words[0], "--module", *words[1:]]
    return ["create-websocket", *(words or ["NAME"]), "--module", "MODULE"]


def _is_in_project() -> bool:
    from ellar_cli.project.project import find_project

    try:
        return bool(find_project(Path.cwd()))
    except (CliError, OSError):
        return False


def _with_our_options(words: list[str], command: str, parser: TyperGroup, *, is_ours: bool) -> list[str]:
    """Return the words with options that the command has; where the command was another tool's, others go."""
    options = _options(parser, command)
    arguments = [one for one in parser.commands[command].params if isinstance(one, TyperArgument)]
    room = math.inf if any(one.nargs == -1 for one in arguments) else len(arguments)
    fitted: list[str] = []
    passed: list[str] = []
    rest = iter(words)
    names = 0
    for word in rest:
        if (
            command == "runserver"
            and word.partition("=")[0] not in options
            and (takes := _of_uvicorn(word)) is not None
        ):
            passed += [word, *([next(rest, "")] if takes else [])]
        elif re.match("-.", word):
            fitted += _option(word, rest, options, is_ours=is_ours)
        elif command == "runserver" and (listening := _LISTENING.fullmatch(word)):
            fitted += [f for key, value in listening.groupdict().items() if value for f in (f"--{key}", value)]
        elif command == "runserver" and _APPLICATION.fullmatch(word):
            fitted += ["--app", word]
        elif command == "routes" and word.startswith("/"):
            fitted += ["--match", word]
        elif command == "runserver" and word in _COMMANDS:
            fitted += _COMMANDS[word][1:]
        elif names < room or is_ours:
            names += 1
            fitted.append(word)
    return [*fitted, "--", *passed] if passed else fitted


def _of_uvicorn(word: str) -> bool | None:
    """Return whether an option of uvicorn's takes the next word as its value; None for what is none of its own."""
    from uvicorn.main import main as uvicorn

    name, equals, _ = word.partition("=")
    for option in uvicorn.params:
        if name in (*option.opts, *option.secondary_opts) and name.startswith("--"):
            return not equals and not getattr(option, "is_flag", False)
    return None


def _option(word: str, rest: Iterator[str], options: Mapping[str, bool], *, is_ours: bool) -> list[str]:
    short = re.fullmatch(r"(-[A-Za-z])(\d+)", word)
    name, equals, value = (short[1], "=", short[2]) if short else word.partition("=")
    known = name if name in options else _known(name, options)
    if known is None:
        return [word] if is_ours else []
    takes_next = options[known] and not equals
    return [f"{known}{equals}{value}", *islice(rest, int(takes_next))]


def _known(name: str, options: Mapping[str, bool]) -> str | None:
    elsewhere = next((option for option in _OPTIONS.get(name, ()) if option in options), None)
    return elsewhere or _closest(name, options)


def _options(parser: TyperGroup, command: str) -> dict[str, bool]:
    """Return the options of a command; whether a value follows each."""
    found = {"--help": False}
    for parameter in parser.commands[command].params:
        if isinstance(parameter, TyperOption):
            found |= dict.fromkeys([*parameter.opts, *parameter.secondary_opts], not parameter.is_flag)
    return found


def _closest(word: str, words: Collection[str]) -> str | None:
    # A short word is close to too many.
    known = [one for one in words if len(one) > 2] if len(word) > 2 else []
    close = get_close_matches(word.lower(), known, 1, _LEAST_LIKENESS)
    return word if word in words else next(iter(close), None)


def _is_understood(line: list[str], parser: TyperGroup) -> bool:
    command, *rest = line
    if command not in parser.commands or "--help" in rest:
        return command in ("--help", "--version", *parser.commands)
    try:
        parser.commands[command].make_context(command, rest)
    except (TyperException, Exit):
        return False
    return True
