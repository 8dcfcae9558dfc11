"""What `ellar` runs: the one place where an error becomes text and an exit code."""

import gc
import io
import os
import sys
from collections.abc import Sequence

from ellar_cli import help as words
from ellar_cli.errors import CliError, Interrupted, UsageError
from ellar_cli.output import command, paint, say_json

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run a command line (of this process, without the program's name) and return its exit code."""
    # A process may be started with its output closed.
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or sys.stdout
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for names that the terminal's encoding has no letters for
    try:
        code = _attempt(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has gone; Python's own flush at exit must not fail over it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return report(CliError(_described(error)))
    return code


def _attempt(arguments: list[str]) -> int:
    try:
        return _run(arguments)
    except CliError as error:
        return report(error, arguments)
    except KeyboardInterrupt:
        return report(Interrupted(), arguments)
    except BrokenPipeError:
        raise
    except OSError as error:
        return report(CliError(_described(error)), arguments)


def report(error: CliError, arguments: Sequence[str] = ()) -> int:
    """Print an error, with `--json` as a document too, and return the exit code that goes with it."""
    if "--json" in arguments:
        say_json(_nothing_done(arguments) | error.outcome | {"error": _document(error)})
    prefix = "" if isinstance(error, Interrupted) else f"{paint('error:', 'red', sys.stderr)} "
    sys.stderr.write(f"{prefix}{error}\n")
    return error.exit_code


def _nothing_done(arguments: Sequence[str]) -> dict[str, object]:
    return {
        "command": next((argument for argument in arguments if not argument.startswith("-")), None),
        "root": None,
        "dry_run": "--dry-run" in arguments,
        "applied": False,
        "changes": [],
        "notes": [],
        "next": [],
    }


def _document(error: CliError) -> dict[str, object]:
    return {"message": str(error), "exit_code": error.exit_code}


def _run(arguments: list[str]) -> int:
    if arguments in ([], ["--help"]) and not sys.stdout.isatty():
        # The parser takes longer to import than all the rest of the page.
        sys.stdout.write(words.page())
        return 0
    if arguments == ["--version"]:
        from ellar_cli.commands.version import version

        version()
        return 0
    return _parse(arguments)


def _parse(arguments: list[str]) -> int:
    # The imports below set the collector off dozens of times, for nothing.
    gc.disable()
    try:
        return _run_command(arguments)
    finally:
        gc.enable()


def _run_command(arguments: list[str]) -> int:
    """Return 0, or the code that a command ends with by `typer.Exit`: it has said all that there is to say."""
    import typer
    from typer.exceptions import TyperException

    from ellar_cli.parsing.app import parser

    named = [word for word in arguments[:1] if word in words.COMMANDS]
    try:
        code = parser(named or words.COMMANDS)(arguments, prog_name="ellar", standalone_mode=False)
    except TyperException as error:
        raise UsageError(_with_way_out(error, arguments)) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code or 0


def _with_way_out(error: Exception, arguments: list[str]) -> str:
    import re

    from typer.main import get_group

    from ellar_cli.dead_ends import meant
    from ellar_cli.parsing.app import parser

    # "Value error, " is how the parser's own parser begins.
    message = str(getattr(error, "format_message", error.__str__)()).replace(": Value error, ", ": ")
    message = message.replace("\n\t", " ")  # how it lists what can be chosen
    # The parser's own guesses leave out what else was typed.
    reason = _on_one_line(re.split(r"\.? Did you mean | \(Possible options: ", message)[0].rstrip("."))
    if lines := meant(arguments, get_group(parser())):
        return f"{reason}; did you mean: {' or: '.join(command(*line) for line in lines)}"
    context = getattr(error, "ctx", None)
    path = context.command_path.split()[1:] if context else []
    return f"{reason}; see {command(*path, '--help')}"


def _on_one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _described(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
