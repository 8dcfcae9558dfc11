"""What stops a command. `main.py` alone turns it into text and an exit code."""


class CliError(Exception):
    """A mistake or an obstacle that a person can do something about.

    Its text is shown as it is, without a traceback: what is wrong, where, and the way out.
    """

    exit_code = 1


class UsageError(CliError):
    """A command line that cannot be understood."""

    exit_code = 2


class EditRefused(CliError):
    """A person's file that cannot be edited safely; `line` is where the edit belongs."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line
