"""The pages of help of the application's own commands, which look like the tool's."""

from collections.abc import Iterator
from functools import partial
from inspect import cleandoc
from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

from ellar_cli.help_page import Row, page, usage
from ellar_cli.parsing.table import parameter

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

_SUMMARY_LENGTH = 100
_GROUPS = "Commands"


def draw(group: TyperGroup) -> None:
    """Let all commands in a group show such pages, but where a class of the application's own draws one."""
    for one in group.commands.values():
        if isinstance(one, TyperGroup):
            draw(one)
        if type(one).format_help in (TyperCommand.format_help, TyperGroup.format_help):
            vars(one)["format_help"] = partial(_write, one)


def rows(group: TyperGroup) -> dict[str, list[Row]]:
    """Return the commands of a group by their panels."""
    panels: dict[str, list[Row]] = {}
    for name, one in group.commands.items():
        if not one.hidden:
            summary = one.get_short_help_str(_SUMMARY_LENGTH)
            panels.setdefault(getattr(one, "rich_help_panel", None) or _GROUPS, []).append(Row(name, "", summary))
    return panels


def _write(command: "Command", context: "Context", formatter: "HelpFormatter") -> None:
    declared = [parameter(one) for one in command.params if not getattr(one, "hidden", False)]
    listed = rows(command) if isinstance(command, TyperGroup) else {}
    line = usage(context.command_path, declared) + (" COMMAND [ARGS]..." if listed else "")
    formatter.write(page(line, list(_paragraphs(command.help)), declared, listed, list(_paragraphs(command.epilog))))


def _paragraphs(text: str | None) -> Iterator[str]:
    """Yield them, without what comes after a form feed, which typer leaves out too."""
    for paragraph in cleandoc(text or "").partition("\f")[0].split("\n\n"):
        if paragraph.strip():
            yield paragraph.strip("\n")
