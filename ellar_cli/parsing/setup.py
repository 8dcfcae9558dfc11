"""The command that sets up a shell."""

from typing import Annotated, Literal

import typer


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"],
        typer.Argument(
            metavar="SHELL",
            help='bash, zsh, fish or powershell. In ~/.bashrc or ~/.zshrc: eval "$(ellar completion bash)".',
            show_default=False,
        ),
    ],
) -> None:
    from ellar_cli.commands.completion import script

    script(shell)
