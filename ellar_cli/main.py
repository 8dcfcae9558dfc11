"""What `ellar` runs: the one place where an error becomes text and an exit code."""

import gc
import io
import os
import sys
from collections.abc import Sequence

from ellar_cli import help as words
from ellar_cli.errors import CliError, Interrupted, UsageError
from ellar_cli.output import paint, say_json

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run a command line (of this process, without the program's name) and return its exit code."""
    # A process may be started with its input or output closed.
    sys.stdin = sys.stdin or io.StringIO()
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
    # What follows `app` is for the application's own command.
    if "--json" in arguments and arguments[0] != "app":
        say_json(_nothing_done(arguments) | error.outcome, {"message": str(error), "exit_code": error.exit_code})
    prefix = "" if isinstance(error, Interrupted) else f"{paint('error:', 'red', sys.stderr)} "
    sys.stderr.write(f"{prefix}{error}\n")
    return error.exit_code


def _nothing_done(arguments: Sequence[str]) -> dict[str, object]:
    """Return the document of a command that has come to nothing; only those that change files tell of changes."""
    command = next((argument for argument in arguments if not argument.startswith("-")), None)
    if command in words.COMMANDS and words.COMMANDS[command].group != "Create":
        return {"command": command}
    return {
        "command": command,
        "root": None,
        "dry_run": "--dry-run" in arguments,
        "applied": False,
        "changes": [],
        "notes": [],
        "next": [],
    }


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        from ellar_cli.commands.version import version

        version()
    elif arguments[:1] == ["__complete"]:  # a shell, at every Tab
        from ellar_cli.commands.completion import complete

        complete(arguments[1:])
    elif arguments[:1] == ["completion"] and arguments[1:] in ([shell] for shell in words.SHELLS):
        # A shell, whenever one starts.
        from ellar_cli.commands.completion import script

        script(arguments[1])
    elif page := _page(arguments):
        sys.stdout.write(page)
    else:
        return _parse(arguments)
    return 0


def _page(arguments: list[str]) -> str | None:
    """Return the page that a line asks for; the application's own commands have pages of their own."""
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if ours and ("--help" not in ours or ours[0] == "app"):
        return None
    from ellar_cli.help_page import command_page, tool_page

    is_first = ours[:1] in ([], ["--help"])
    named = ours[1:2] if is_first else ours[:1]
    if named and named[0] in words.COMMANDS:
        return command_page(named[0])
    return tool_page() if is_first else None


def _parse(arguments: list[str]) -> int:
    # The imports below set the collector off dozens of times, for nothing.
    gc.disable()
    try:
        return _run_command(arguments)
    finally:
        gc.enable()


def _run_command(arguments: list[str]) -> int:
    """Return 0, or the code that a command ends with by `typer.Exit`: it has said all that there is to say."""
    named = [word for word in arguments[:1] if word in words.COMMANDS]
    _hand_over(named, arguments)

    import typer
    from typer.exceptions import TyperException

    from ellar_cli.parsing.app import parser

    try:
        code = parser(named or words.COMMANDS)(arguments, prog_name="ellar", standalone_mode=False)
    except TyperException as error:
        from ellar_cli.refusals import told

        raise UsageError(told(error, arguments)) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code or 0


def _hand_over(named: list[str], arguments: list[str]) -> None:
    """Let the project's own Python run an application: what runs one has `--app`."""
    if not named or words.COMMANDS[named[0]].group == "Create":
        return  # without a look at what is declared, which takes its time where that cannot be kept
    from ellar_cli.parsing.declared import parameters

    if any("--app" in parameter.names for parameter in parameters(named[0])):
        from ellar_cli.application.environment import hand_over

        hand_over(arguments)


def _is_nowhere() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _described(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and _is_nowhere():
        return "the folder that this was typed in is not there any more; cd to another one"
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
