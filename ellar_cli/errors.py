"""What stops a command. `main.py` alone turns it into text and an exit code."""


class CliError(Exception):
    """A mistake or an obstacle that a person can do something about.

    Its text is shown as it is, without a traceback: what is wrong, where, and the way out.
    `outcome` is what was planned or done when it was raised, as the document of `--json` has it.
    """

    exit_code = 1

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.outcome: dict[str, object] = {}


class UsageError(CliError):
    """A command line that cannot be understood."""

    exit_code = 2


class Interrupted(CliError):
    """A signal (by default Ctrl-C's) that ended the command; the exit code is the one that shells give."""

    def __init__(self, number: int = 2, outcome: str = "") -> None:
        super().__init__(f"interrupted; {outcome}" if outcome else "interrupted")
        self.exit_code = 128 + number


class EditRefused(CliError):
    """A person's file that cannot be edited safely; `line` is where the edit belongs."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line
