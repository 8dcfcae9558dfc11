"""Templates in folders and git repositories, rendered by the real Copier, without a terminal."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ellar_cli.errors import CliError
from ellar_cli.project.destination import NewFile
from ellar_cli.templates.copier_template import copied

ANSWERS = "_subdirectory: files\nproject_name:\n  type: str\n  default: none\n"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    (folder / "files").mkdir(parents=True)
    (folder / "copier.yml").write_text(ANSWERS)
    (folder / "files" / "README.md.jinja").write_text("# {{ project_name }} in {{ _copier_conf.dst_path.name }}\n")
    return folder


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def commit(folder: Path) -> Path:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A template")
    return folder


def rendered(source: str | Path, tmp_path: Path, *, trust: bool = False) -> dict[str, NewFile]:
    return copied(str(source), tmp_path, "shop", trust=trust, ask=False).files


README = {"README.md": NewFile(b"# shop in shop\n")}


def test_folder_is_rendered_with_the_projects_name(template: Path, tmp_path: Path) -> None:
    assert rendered(template, tmp_path) == README


def test_path_is_relative_to_where_the_command_was_typed(template: Path, tmp_path: Path) -> None:
    assert rendered("template", tmp_path) == README


@pytest.mark.parametrize("address", ["{}", "file://{}", "git+file://{}"])
def test_git_repository_is_cloned_by_path_and_by_address(address: str, template: Path, tmp_path: Path) -> None:
    assert rendered(address.format(commit(template)), tmp_path) == README


def test_bare_git_repository_is_cloned(template: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(commit(template)), "store")
    assert rendered("store", tmp_path) == README


def test_files_come_byte_for_byte_with_links_and_executable_bits(template: Path, tmp_path: Path) -> None:
    with (template / "copier.yml").open("a") as settings:
        settings.write("_preserve_symlinks: true\n")
    (template / "files" / "bin").mkdir()
    (template / "files" / "bin" / "logo.png").write_bytes(bytes(range(256)))
    (template / "files" / "bin" / "start.jinja").write_text("#!/bin/sh\n")
    (template / "files" / "bin" / "start.jinja").chmod(0o755)
    (template / "files" / "latest").symlink_to("bin")
    (template / "files" / "manual").symlink_to("README.md")
    assert rendered(template, tmp_path) == README | {
        "bin/logo.png": NewFile(bytes(range(256))),
        "bin/start": NewFile(b"#!/bin/sh\n", executable=True),
        "latest": NewFile(b"bin", is_link=True),
        "manual": NewFile(b"README.md", is_link=True),
    }


def test_projects_name_is_there_without_a_question_and_a_name_of_nothing_leaves_its_file_out(
    template: Path, tmp_path: Path
) -> None:
    (template / "copier.yml").write_text("_subdirectory: files\n")
    (template / "files" / "{% if project_name == 'other' %}other.txt{% endif %}.jinja").touch()
    (template / "files" / "{% if project_name == 'other' %}other{% endif %}").mkdir()
    (template / "files" / "{% if project_name == 'other' %}other{% endif %}" / "a.txt").touch()
    assert rendered(template, tmp_path) == README


def test_tasks_run_where_they_are_trusted(template: Path, tmp_path: Path) -> None:
    with (template / "copier.yml").open("a") as settings:
        settings.write("_tasks:\n  - echo made > made.txt\n  - git init --quiet\n")
    with pytest.raises(
        CliError, match=r"^--template: this template runs code of its own \(tasks\); if you trust it, add --trust$"
    ):
        rendered(template, tmp_path)
    assert rendered(template, tmp_path, trust=True) == README | {"made.txt": NewFile(b"made\n")}


def test_trust_in_copiers_own_settings_is_not_trust_here(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (template / "copier.yml").open("a") as settings:
        settings.write("_tasks: [echo]\n")
    (tmp_path / "settings.yml").write_text(f"trust: [{template}]\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(tmp_path / "settings.yml"))
    with pytest.raises(CliError, match="add --trust"):
        rendered(template, tmp_path)


def test_what_tasks_print_is_not_in_the_result_and_they_get_no_input(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (template / "copier.yml").open("a") as settings:
        settings.write("_tasks: ['echo a word; cat > input.txt']\n")
    assert rendered(template, tmp_path, trust=True)["input.txt"] == NewFile(b"")
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "a word\n")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("_tasks: ['exit 3']", "its task 'exit 3' failed with exit code 3"),
        ("_tasks: [['false', 'x']]", "its task 'false x' failed with exit code 1"),
        (
            "name: {type: str}",
            "it asks for 'name', which has no default: answer it on a terminal, without --defaults",
        ),
        ("name: {type: str, default: x, validator: not this}", "Validation error for question 'name': not this"),
        ("_min_copier_version: '999'", "This template requires Copier version >= 999"),
        ("name: {type: nothing, default: x}", ".*nothing.*"),
        ("name:\n  type: [", "copier.yml:2: expected the node content, but found '<stream end>'$"),
        ("name: a\n- b", "copier.yml:2: expected <block end>, but found '-'$"),
        ("name: '\x07'", "copier.yml: unacceptable character "),
        ("name: {type: str, default: '{{ }}'}", "copier.yml: Expected an expression, got 'end of print statement'$"),
        ("name: {type: str, default: '{{ x.y.z }}'}", "copier.yml: 'x' is undefined$"),
        ("_subdirectory: ../..", ".*forbidden.*"),
    ],
)
def test_template_that_fails_is_one_line(template: Path, tmp_path: Path, settings: str, message: str) -> None:
    (template / "copier.yml").write_text(settings)
    with pytest.raises(CliError) as refused:
        rendered(template, tmp_path, trust=True)
    assert "\n" not in str(refused.value)
    assert re.match(f"--template: {message}", str(refused.value))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.jinja", "\n{{ 1 / 0 }}", "files/x.jinja:2: division by zero"),
        ("a/x.jinja", "\n{% if %}", "files/a/x.jinja:2: Expected an expression, got 'end of statement block'"),
        ("x.jinja", "{% include 'files/part.txt' %}", "files/part.txt:3: 'x' is undefined"),
        ("{{ x.y.z }}.jinja", "", "Error rendering template path {{ x.y.z }}: 'x' is undefined"),
    ],
)
@pytest.mark.parametrize("is_cloned", [False, True])
def test_template_whose_jinja_fails_is_one_line_with_its_place(
    template: Path, tmp_path: Path, name: str, text: str, message: str, is_cloned: bool
) -> None:
    (template / "files" / "part.txt").write_text("\n\n{{ x.y.z }}")
    (template / "files" / name).parent.mkdir(exist_ok=True)
    (template / "files" / name).write_text(text)
    source = f"file://{commit(template)}" if is_cloned else template
    with pytest.raises(CliError, match=f"^--template: {re.escape(message)}$"):
        rendered(source, tmp_path)


def test_path_that_is_none_and_folder_that_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"^--template: there is no .*/nowhere; write a folder, or a git address like "):
        rendered("nowhere", tmp_path)
    with pytest.raises(CliError, match=r"^--template: .* has no copier.yml, and is no template of Copier$"):
        rendered(".", tmp_path)
    (tmp_path / "file.txt").touch()
    with pytest.raises(CliError, match=r"^--template: "):
        rendered("file.txt", tmp_path)


def test_address_that_answers_nothing_is_gits_own_line(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"^--template: git: fatal: .*nowhere"):
        rendered(f"file://{tmp_path}/nowhere", tmp_path)


def test_without_git_one_line_says_so(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match=r"^--template needs git, which is not installed here$"):
        rendered(template, tmp_path)


def test_nothing_is_left_outside_the_project(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    address = f"git+file://{commit(template)}"
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as in a hook of git's
    before = dict(os.environ)
    rendered(address, tmp_path)
    assert list(temporary.iterdir()) == []
    assert list(Path.home().rglob("copier*")) == []
    assert dict(os.environ) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_task_leaves_no_temporary_folder(template: Path, tmp_path: Path, number: int) -> None:
    with (template / "copier.yml").open("a") as settings:
        settings.write(f"_tasks: ['touch {tmp_path}/started; exec sleep 30']\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "import pathlib; from ellar_cli.templates.copier_template import copied; "
        f"copied({str(template)!r}, pathlib.Path('.'), 'shop', trust=True, ask=False)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, number)
    assert b"KeyboardInterrupt" in process.communicate(timeout=20)[1]
    assert list(temporary.iterdir()) == []
