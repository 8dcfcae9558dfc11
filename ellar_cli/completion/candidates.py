"""What the word that is being typed can become. Neither the parser nor the application is imported."""

import os
import re
from collections.abc import Iterator, Sequence

from ellar_cli import help as words
from ellar_cli.completion import values
from ellar_cli.completion.values import FILES, Candidate
from ellar_cli.parsing.declared import Parameter, parameters


def candidates(typed: Sequence[str], start: str | os.PathLike[str]) -> list[Candidate]:
    """Return what the last of the words behind the tool's name can become, in `start`; FILES for names of files."""
    *before, quoted = typed
    word = re.sub(r"^(--[\w-]+=)?(['\"])(.*?)\2?$", r"\1\3", quoted)
    if not before:
        offered = _of_the_tool(word)
    elif before[0] in words.COMMANDS:
        offered = _of_command(before[0], before[1:], word, os.fspath(start))
    else:
        offered = iter(())
    return [one for one in offered if one == FILES or one.word.startswith(word)]


def _of_the_tool(word: str) -> Iterator[Candidate]:
    if word.startswith("-"):
        yield from (Candidate(name, text) for name, text in words.OPTIONS.items())
    else:
        yield from (Candidate(name, entry.summary) for name, entry in words.COMMANDS.items())


def _of_command(command: str, before: list[str], word: str, start: str) -> Iterator[Candidate]:
    declared = parameters(command)
    options = {name: one for one in declared if one.is_option for name in one.names}
    arguments = [one for one in declared if not one.is_option]
    name, equals, _ = word.partition("=")
    own = list(_arguments(before, options)) if command == "app" else []
    if own and (found := list(values.of_own(own, word, start))):
        yield from found
        yield from [Candidate("--help", words.OPTIONS["--help"])] if word.startswith("-") else ()
    elif "--" in before or own:
        yield FILES  # what follows is not ours
    elif before and before[-1] in options and options[before[-1]].value:
        yield from values.of(command, options[before[-1]], before, start)
    elif equals and name in options:
        for value in values.of(command, options[name], before, start):
            yield value if value == FILES else Candidate(f"{name}={value.word}", value.about)
    elif word.startswith("-"):
        yield from _left(options, before)
    else:
        typed = list(_arguments(before, options))
        for argument in (arguments[len(typed) :] or _repeated(arguments))[:1]:
            yield from values.of(command, argument, typed, start)


def _left(options: dict[str, Parameter], before: list[str]) -> Iterator[Candidate]:
    """Yield the options that can still be given."""
    for name, option in options.items():
        if option.is_repeated or not set(option.names) & {word.partition("=")[0] for word in before}:
            yield Candidate(name, option.help)
    yield Candidate("--help", words.OPTIONS["--help"])


def _arguments(before: list[str], options: dict[str, Parameter]) -> Iterator[str]:
    """Yield the words that are neither options nor their values."""
    rest = iter(before)
    for word in rest:
        if word in options and options[word].value:
            next(rest, None)
        elif not word.startswith("-"):
            yield word


def _repeated(arguments: list[Parameter]) -> list[Parameter]:
    return [one for one in arguments[-1:] if one.is_repeated]
