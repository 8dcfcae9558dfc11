"""What a command is about to do: planned under a lock, then shown or carried out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ellar_cli.changes.change_set import ChangeSet
from ellar_cli.changes.lock import locked
from ellar_cli.changes.record import PLACE
from ellar_cli.changes.transaction import clear_up
from ellar_cli.errors import CliError
from ellar_cli.output import paint, say, say_json


@dataclass(frozen=True)
class Show:
    """How a person wants to see it: without doing it, as unified diffs, as one JSON document."""

    dry_run: bool = False
    diff: bool = False
    json: bool = False


@dataclass
class Plan:
    """A command's changes with what is to be said about them.

    `root` is the folder that the changes' paths are relative to; `notes` are lines, `next` are steps to take.
    `refusal` is raised when all the rest is done: an edit that is left to the person.
    """

    command: str
    root: Path
    changes: ChangeSet
    notes: list[str] = field(default_factory=list)
    next: list[str] = field(default_factory=list)
    refusal: CliError | None = None


def carry_out(folder: Path, make: Callable[[], Plan], show: Show) -> None:
    """Make a plan and carry it out, or show it, while no other command is at work in `folder`.

    Raises what `make` raises, CliError where a step fails (all is undone), and the plan's refusal.
    """
    with locked(folder):
        if not show.dry_run:
            clear_up(folder, folder / PLACE)
        plan = make()
        if not show.dry_run:
            plan.changes.apply()
    if plan.refusal:
        plan.refusal.outcome = _document(plan, show)
    if not show.json:
        _tell(plan, show)
    elif not plan.refusal:
        say_json(_document(plan, show))
    if plan.refusal:
        raise plan.refusal


def _document(plan: Plan, show: Show) -> dict[str, object]:
    return {
        "command": plan.command,
        "root": str(plan.root),
        "dry_run": show.dry_run,
        "applied": not show.dry_run,
        "changes": plan.changes.document(diff=show.diff),
        "notes": plan.notes,
        "next": plan.next,
    }


def _tell(plan: Plan, show: Show) -> None:
    changes = [plan.changes.diff().removesuffix("\n")] if show.diff else plan.changes.lines()
    steps = [] if show.dry_run or plan.refusal else _steps(plan.next)
    last = ["Nothing was written: this was a dry run."] if show.dry_run else []
    say("\n\n".join("\n".join(lines) for lines in (changes, plan.notes, steps, last) if lines))


def _steps(steps: list[str]) -> list[str]:
    title = paint("Next:", "bold")
    return [f"{title} {steps[0]}"] if len(steps) == 1 else [title, *(f"  {step}" for step in steps)] if steps else []
