"""Completion as a person at a shell meets it: Tab is pressed, and what runs is the completed line."""

import os
import shutil
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from ellar_cli.commands.completion import script
from ellar_cli.help import SHELLS
from tests.project import ELLAR, new_project
from tests.terminal import ENTER, Terminal

# What a person has in the file that the shell reads when it starts; and how this file is given to it.
SETS_UP = {
    "bash": 'eval "$(ellar completion bash)"',
    "zsh": 'autoload -U compinit; compinit -u -D; eval "$(ellar completion zsh)"',
    "fish": "ellar completion fish | source",
}
READS = {"bash": ["--noprofile", "--rcfile", ".zshrc"], "zsh": [], "fish": ["--no-config", "-C", "source .zshrc"]}
READY = "re''ady"  # what is typed is on the screen as well, and differs


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(tmp_path_factory.mktemp("shells") / "project", "fleet/bus")


@pytest.mark.parametrize("shell", SETS_UP)
def test_tab_completes_commands_choices_options_modules_and_routes(
    project: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell} here")
    monkeypatch.setenv("PATH", f"{ELLAR.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ZDOTDIR", str(project))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # what is declared is kept, and Tab is quick
    (project / ".zshrc").write_text(f"{SETS_UP[shell]}\necho ready\n")
    monkeypatch.setenv("HOME", str(project))
    (project / "ellar").unlink(missing_ok=True)
    (project / "ellar").symlink_to(ELLAR)
    with Terminal([found, *READS[shell], "-i"], project) as terminal:
        terminal.answer("ready", f"ellar des\tmod\tfl\t--dry\t; echo {READY}{ENTER}")
        terminal.answer("project/apps/fleet/bus/module.py", "")
        terminal.answer("ready", f"~/ellar connect --port 1 /fl\t; echo {READY}{ENTER}")
        terminal.answer("/fleet/bus/live-support: ", "")
        # bash makes several words of one with a colon or "=".
        terminal.answer("ready", f"ellar config --config pro\tDev\t DEBU\t; echo {READY}{ENTER}")
        terminal.answer("true  project/config.py:", "")
        terminal.answer("ready", f"exit{ENTER}")
        terminal.exit_code()


def test_script_for_powershell_is_powershell_by_its_grammar(capsys: pytest.CaptureFixture[str]) -> None:
    """No more than that: the indexes that these tests install from have no PowerShell."""
    script("powershell")
    grammar = tree_sitter.Language(tree_sitter_powershell.language())
    parsed = tree_sitter.Parser(grammar).parse(capsys.readouterr().out.encode())
    assert parsed.root_node.text
    assert not parsed.root_node.has_error


def test_script_of_every_shell_is_printed_by_the_parser_as_by_the_quick_way() -> None:
    from ellar_cli.parsing.declared import parameters

    (shell,) = parameters("completion")
    assert shell.choices == tuple(SHELLS)
