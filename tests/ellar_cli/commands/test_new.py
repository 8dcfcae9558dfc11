import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from ellar_cli.commands.new import new
from ellar_cli.distribution.wheel import pack_runtime
from ellar_cli.errors import CliError
from ellar_cli.templates.project_files import NewOptions
from tests.ellar_cli.faults import as_nobody, in_a_process

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Tree = Callable[[Path], dict[str, bytes]]

KEY = re.compile(r'SECRET_KEY = "([\w-]+)"')
KEY_BYTES = re.compile(KEY.pattern.encode())


def test_new_prints_every_file_and_where_the_runtime_comes_from(
    tmp_path: Path, tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    new("project", tmp_path, NewOptions(runtime=">=0.1,<0.2"))
    lines = capsys.readouterr().out.splitlines()
    created = {line.removeprefix("create  ") for line in lines if line.startswith("create  ")}
    written = {path for path, content in tree(tmp_path).items() if content != b"<folder>"}
    assert created - {"project/.git  an empty repository"} == {path for path in written if "/.git/" not in path}
    assert "create  project/project/server.py" in lines
    assert "Its ellar-kit comes from the package index: ellar-kit<0.2,>=0.1" in lines


def test_new_says_when_a_path_of_this_machine_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "ellar_kit-0.1-py3-none-any.whl"
    wheel.touch()
    new("project", tmp_path, NewOptions(runtime=str(wheel)))
    assert f"comes from a path of this machine: ellar-kit @ {wheel.as_uri()}\nNo other machine has that path" in (
        capsys.readouterr().out
    )


def test_project_says_where_everything_is(tmp_path: Path) -> None:
    new("My shop", tmp_path)
    settings = tomllib.loads((tmp_path / "My-shop" / "pyproject.toml").read_text())
    assert settings["project"]["name"] == "My-shop"
    assert settings["tool"]["ellar"] == {
        "application": "my_shop.server:bootstrap",
        "config": "my_shop.config:DevelopmentConfig",
        "root-module": "my_shop.root_module:ApplicationModule",
        "apps": "my_shop/apps",
    }


def test_no_two_projects_have_the_same_key(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        new(name, tmp_path)
        keys.update(re.findall(r'SECRET_KEY = "(.{43,})"', (tmp_path / name / name / "config.py").read_text()))
    assert len(keys) == 2


def test_folder_that_differs_only_in_case_is_refused_before_anything_is_written(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "PROJECT").mkdir()
    with pytest.raises(CliError, match=r"^PROJECT exists already in .*; 'project_2' would do$"):
        new("project", tmp_path)
    assert tree(tmp_path) == {"PROJECT": b"<folder>"}


@pytest.mark.parametrize(
    ("line", "folder", "way_out"),
    [
        ("new shop", "shop", "'shop_2' would do"),
        ("new shop .", ".", "choose another folder"),
        ("new shop sub/folder", "sub/folder", "choose another folder"),
    ],
)
def test_folder_that_holds_something_else_is_refused_by_its_name(
    ellar: Ellar, tmp_path: Path, tree: Tree, line: str, folder: str, way_out: str
) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "notes.txt").write_text("mine")
    (place / "data").mkdir()
    before = tree(tmp_path)
    run = ellar(*line.split())
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"error: {place.resolve()} holds data and 1 more already; {way_out}\n"
    assert tree(tmp_path) == before


def test_file_in_place_of_the_folder_is_refused(ellar: Ellar, tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine")
    assert ellar("new", "shop").stderr == f"error: {tmp_path / 'shop'} is no folder; 'shop_2' would do\n"
    assert (tmp_path / "shop").read_text() == "mine"


def test_what_a_folder_holds_before_a_project_is_kept_and_said(ellar: Ellar, tmp_path: Path, tree: Tree) -> None:
    folder = tmp_path / "shop"
    texts = {"Readme.md": "# Mine\n", "LICENSE": "Mine\n", ".gitignore": ".env\n*.log\n", ".gitattributes": "* text\n"}
    (folder / ".venv").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    run = ellar("new", ".", cwd=folder)
    assert run.returncode == 0, run.stderr
    kept = [line for line in run.stdout.splitlines() if line.startswith("keep")]
    assert kept == [
        "keep  .git",
        "keep  .gitattributes",
        "keep  .gitignore  without __pycache__/ *.py[cod] *.egg-info/ .venv/ venv/ build/ dist/ .coverage "
        ".*.ellar-new .*.ellar-old .mypy_cache/ "
        ".pytest_cache/ .ruff_cache/",
        "keep  .venv",
        "keep  LICENSE",
        "keep  Readme.md",
    ]
    assert {name: (folder / name).read_text() for name in texts} == texts
    assert not (folder / "README.md").exists()
    assert tomllib.loads((folder / "pyproject.toml").read_text())["project"]["readme"] == "Readme.md"
    recorded = json.loads((folder / ".ellar/generated.json").read_text())
    assert "shop/server.py" in recorded
    assert recorded.keys().isdisjoint({"README.md", ".gitignore"})


def test_project_inside_of_another_says_so(ellar: Ellar, tmp_path: Path) -> None:
    ellar("new", "shop", cwd=tmp_path)
    (tmp_path / "shop/docs").mkdir()
    run = ellar("new", "order", cwd=tmp_path / "shop/docs")
    note = next(line for line in run.stdout.splitlines() if line.startswith("It is inside of another project"))
    assert note.startswith(f"It is inside of another project, {tmp_path / 'shop'}; to add a module to that: ")
    assert note.endswith("ellar create-module order")
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert "another project" not in ellar("new", "beside", cwd=tmp_path).stdout


def test_dot_takes_the_name_of_the_folder_and_needs_no_cd(ellar: Ellar, tmp_path: Path) -> None:
    folder = tmp_path / "my-shop"
    folder.mkdir()
    run = ellar("new", ".", cwd=folder)
    assert "create  my_shop/server.py\n" in run.stdout
    assert " cd " not in run.stdout


def test_dot_in_a_folder_whose_name_will_not_do_says_what_to_type(ellar: Ellar, tool: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    run = ellar("new", ".", cwd=tmp_path / "test")
    assert run.returncode == 1
    assert run.stderr.endswith(f"{tool} new NAME .\n")
    assert list((tmp_path / "test").iterdir()) == []


def test_directory_is_where_the_project_itself_goes(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", "shop", "deep/er", "--no-git")
    assert "create  deep/er/shop/server.py\n" in run.stdout
    assert "\n  cd deep/er\n" in run.stdout
    assert (tmp_path / "deep/er/shop/server.py").is_file()


def test_directory_may_be_elsewhere(ellar: Ellar, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    run = ellar("new", "shop", "../there", cwd=tmp_path / "here")
    assert "\n  cd ../there\n" in run.stdout
    assert (tmp_path / "there/shop/server.py").is_file()


def test_dot_and_a_directory_are_two_places(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", ".", "shop")
    line = "error: '.' is a project in this folder: leave shop out, or type a name\n"
    assert (run.returncode, run.stdout, run.stderr) == (2, "", line)


def test_same_command_again_is_refused_and_changes_nothing(ellar: Ellar, tmp_path: Path, tree: Tree) -> None:
    ellar("new", "shop", "--module", "car", "--docker")
    before = tree(tmp_path)
    run = ellar("new", "shop", "--module", "car", "--docker")
    assert run.stderr == f"error: {tmp_path / 'shop'} holds this project already; 'shop_2' would do\n"
    assert tree(tmp_path) == before


def test_file_that_was_edited_is_named_and_stays(ellar: Ellar, tmp_path: Path) -> None:
    ellar("new", "shop")
    (tmp_path / "shop/shop/server.py").write_text("mine")
    run = ellar("new", "shop")
    assert run.stderr == f"error: {tmp_path / 'shop'} holds shop/server.py already; 'shop_2' would do\n"
    assert (tmp_path / "shop/shop/server.py").read_text() == "mine"


def test_two_at_once_make_one_project(tool: Path, tmp_path: Path) -> None:
    both = [subprocess.Popen([tool, "new", "shop"], cwd=tmp_path, stderr=subprocess.PIPE) for _ in range(2)]
    errors = {process.communicate(timeout=60)[1].decode() for process in both}
    assert errors == {"", f"error: {tmp_path / 'shop'} holds this project already; 'shop_2' would do\n"}
    assert sorted(process.returncode for process in both) == [0, 1]


LINE = ("new", "shop", "--module", "car", "--module", "fleet/bus", "--docker")
# Runs a command line, and kills the process as it begins its n-th rename, removal, or new file or folder.
KILLED = """
import os, signal, sys
from ellar_cli.main import main

left = int(sys.argv.pop(1))

def makes_a_file(path, mode, flags):
    return isinstance(flags, int) and flags & os.O_CREAT and ".pyc" not in str(path)

def count(event, arguments):
    global left
    step = event in {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "subprocess.Popen"}
    if step or (event == "open" and makes_a_file(*arguments)):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
sys.exit(main())
"""


def test_other_options_are_led_to_the_line_that_was_killed(ellar: Ellar, tmp_path: Path) -> None:
    line = [sys.executable, "-c", KILLED, "70", *LINE]
    assert subprocess.run(line, cwd=tmp_path, capture_output=True).returncode == -signal.SIGKILL
    run = ellar("new", "shop", "--package", "other")
    assert run.returncode == 1
    assert run.stderr.endswith(" already; complete it by the line that began it\n")


@pytest.mark.skipif(not hasattr(os, "fork") or os.geteuid() != 0, reason="only root can become somebody else")
def test_folder_below_one_that_may_not_be_read_will_do() -> None:
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "shop"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
        Path(above).chmod(0o711)

        def work() -> None:
            as_nobody()
            new("shop", folder, NewOptions(runtime=">=0.1,<0.2", directory=".", git=False))

        assert in_a_process(work).code == 0
        assert (folder / "shop/server.py").is_file()


def test_command_that_was_killed_is_completed_by_typing_it_again(tmp_path: Path, tree: Tree) -> None:
    def run(folder: Path, steps: int) -> int:
        folder.mkdir(exist_ok=True)
        line = [sys.executable, "-c", KILLED, str(steps), *LINE]
        return subprocess.run(line, cwd=folder, capture_output=True).returncode

    assert run(tmp_path / "whole", 10_000) == 0
    whole = without_what_differs(tree(tmp_path / "whole"))
    for steps in range(0, 10_000, 13):
        folder = tmp_path / f"killed-{steps}"
        code = run(folder, steps)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        keys = [match[1] for path in folder.rglob("config.py") if (match := KEY.search(path.read_text()))]
        assert run(folder, 10_000) == 0
        assert without_what_differs(tree(folder)) == whole
        assert keys in ([], KEY.findall((folder / "shop/shop/config.py").read_text()))
    assert steps > 70


def without_what_differs(files: dict[str, bytes]) -> dict[str, bytes]:
    """All but the key, its hash, and the dates that git writes."""
    return {
        path: re.sub(rb'(SECRET_KEY|"sha256"): "[\w-]+"', b"", KEY_BYTES.sub(b"", content))
        for path, content in files.items()
        if not path.startswith("shop/.git/")
    }


def test_invalid_module_among_valid_ones_writes_nothing(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", "shop", "--module", "car", "--module", "class")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "error: 'class' is a Python keyword; 'class_app' would do\n"
    assert list(tmp_path.iterdir()) == []


def test_modules_are_made_and_registered(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", "shop", "--module", "car", "--module", "fleet/bus")
    root = (tmp_path / "shop/shop/root_module.py").read_text()
    assert "@Module(modules=[CarModule, BusModule])" in root
    assert "/fleet/bus/ws-index" in run.stdout
    again = ellar("create-module", "car", cwd=tmp_path / "shop")
    assert again.returncode == 1
    assert "shop/apps/car exists already" in again.stderr


def test_modules_are_destroyed_like_others_and_leave_the_project_as_without(
    ellar: Ellar, tmp_path: Path, tree: Tree
) -> None:
    ellar("new", "shop", "--module", "car", "--no-git")
    key = KEY.search((tmp_path / "shop/shop/config.py").read_text())
    assert ellar("destroy", "module", "car", cwd=tmp_path / "shop").returncode == 0
    one = tree(tmp_path / "shop")
    (tmp_path / "plain").mkdir()
    ellar("new", "shop", "--no-git", cwd=tmp_path / "plain")
    other = tree(tmp_path / "plain/shop")
    assert key
    assert one.keys() == other.keys()
    assert {path for path in one if one[path] != other[path]} == {"shop/config.py", ".ellar/generated.json"}


def test_package_may_have_another_name_than_the_project(ellar: Ellar, tmp_path: Path) -> None:
    ellar("new", "my-shop", "--package", "Web Store")
    settings = tomllib.loads((tmp_path / "my-shop/pyproject.toml").read_text())
    assert settings["project"]["name"] == "my-shop"
    assert settings["tool"]["ellar"]["apps"] == "web_store/apps"
    assert (tmp_path / "my-shop/web_store/server.py").is_file()
    assert ellar("new", "other", "--package", "json").stderr.startswith("error: 'json' would hide a module of the ")


def test_record_says_by_which_command_and_has_no_path_of_this_machine(ellar: Ellar, tmp_path: Path) -> None:
    ellar(
        "new",
        "my shop",
        str(tmp_path / "place"),
        "--module",
        "car",
        "--ci",
        "github",
        "--runtime",
        str(built_wheel(tmp_path)),
    )
    text = (tmp_path / "place/.ellar/generated.json").read_text()
    assert str(tmp_path) not in text
    recorded = json.loads(text)
    assert recorded["pyproject.toml"]["command"] == "new my-shop --module car --ci github"
    assert recorded["my_shop/apps/car/module.py"]["command"] == "create-module car"


def built_wheel(folder: Path) -> Path:
    name, content = pack_runtime()
    (folder / name).write_bytes(content)
    return folder / name


def test_repository_is_made_where_none_is_around(ellar: Ellar, tmp_path: Path) -> None:
    assert "create  one/.git  an empty repository\n" in ellar("new", "one").stdout
    subprocess.run(["git", "-C", tmp_path / "one", "status"], check=True, capture_output=True)
    assert ".git " not in ellar("new", "two", cwd=tmp_path / "one/tests").stdout
    ellar("new", "three", "--no-git")
    assert not (tmp_path / "three/.git").exists()
    ellar("new", "four", "--git", cwd=tmp_path / "one/tests")
    assert (tmp_path / "one/tests/four/.git").is_dir()


def test_without_git_there_is_no_repository_and_asking_for_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    new("one", tmp_path)
    assert not (tmp_path / "one/.git").exists()
    with pytest.raises(CliError, match=r"^--git needs git, which is not installed here$"):
        new("two", tmp_path, NewOptions(git=True))


def test_failing_git_leaves_nothing(ellar: Ellar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEMPLATE_DIR", "/nowhere")
    monkeypatch.setenv("GIT_DEFAULT_HASH", "none")
    run = ellar("new", "shop")
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert "nothing was changed" in run.stderr
    assert run.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_dry_run_writes_nothing_and_shows_what_would_be(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", "shop", "--module", "car", "--dry-run")
    assert "create  shop/shop/apps/car/module.py\n" in run.stdout
    assert run.stdout.endswith("Nothing was written: this was a dry run.\n")
    assert list(tmp_path.iterdir()) == []


def test_diff_is_a_patch_that_makes_the_project(ellar: Ellar, tmp_path: Path) -> None:
    patch = ellar("new", "shop", "--dry-run", "--diff", "--no-git").stdout.partition("\n\nIts ellar-kit")[0] + "\n"
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch, text=True, check=True)
    assert "def bootstrap" in (tmp_path / "shop/shop/server.py").read_text()


def test_json_is_one_document(ellar: Ellar, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "README.md").write_text("mine")
    document = json.loads(ellar("new", "shop", "--json").stdout)
    assert (document["command"], document["root"], document["applied"]) == ("new", str(tmp_path), True)
    assert {"action": "keep", "path": "shop/README.md"} in document["changes"]
    assert document["next"][0] == "cd shop"
    refused = ellar("new", "--json")
    assert json.loads(refused.stdout)["error"]["exit_code"] == refused.returncode == 2


def test_name_is_not_asked_for_where_nobody_can_answer(ellar: Ellar, tool: Path, tmp_path: Path) -> None:
    for line in (["new"], ["new", "--docker"], ["new", "--defaults"]):
        run = ellar(*line)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == f"error: Missing argument 'NAME'; see {tool} new --help\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--trust", "--trust is for the code of a template: say which one with --template"),
        ("--template x --docker", "--template brings files of its own: leave out --docker"),
        ("--template x --ci github --module car", "--template brings files of its own: leave out --module, --ci"),
        ("--template x --package y", "--template brings files of its own: leave out --package"),
        ("--template x --runtime 0.1", "--template brings files of its own: leave out --runtime"),
    ],
)
def test_options_that_make_no_sense_together_are_one_line(
    ellar: Ellar, tmp_path: Path, options: str, message: str
) -> None:
    run = ellar("new", "shop", *options.split())
    assert (run.returncode, run.stdout, run.stderr) == (2, "", f"error: {message}\n")
    assert list(tmp_path.iterdir()) == []


def test_template_becomes_changes_like_any_other(ellar: Ellar, tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    settings = "project_name: {type: str, default: none}\n_exclude: [copier.yml]\n_preserve_symlinks: true\n"
    (template / "copier.yml").write_text(settings)
    (template / "latest").symlink_to("logo.png")
    (template / "nowhere").symlink_to("../missing")
    (template / "README.md.jinja").write_text("# {{ project_name }}\n")
    (template / "logo.png").write_bytes(bytes(range(256)))
    (template / "run.sh").write_text("#!/bin/sh\n")
    (template / "run.sh").chmod(0o755)
    (template / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
    run = ellar("new", "shop", "--template", "template", "--no-git")
    assert run.stdout == (
        "create  shop/.copier-answers.yml\ncreate  shop/README.md\ncreate  shop/latest\n"
        "create  shop/logo.png\ncreate  shop/nowhere\ncreate  shop/run.sh\n\n"
        "No other machine has the template's path: change it in shop/.copier-answers.yml before you share it.\n\n"
        "Next: cd shop\n"
    )
    assert (tmp_path / "shop/README.md").read_text() == "# shop\n"
    assert (tmp_path / "shop/logo.png").read_bytes() == bytes(range(256))
    assert (tmp_path / "shop/run.sh").stat().st_mode & 0o111 == 0o111
    assert [os.readlink(tmp_path / "shop" / link) for link in ("latest", "nowhere")] == ["logo.png", "../missing"]
    assert not (tmp_path / "shop/.ellar").exists()
    assert ellar("new", "shop", "--template", "template").returncode == 0  # the repository that was not made yet


def test_template_that_runs_code_says_what_to_add(ellar: Ellar, tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    (tmp_path / "template/copier.yml").write_text("_tasks: [echo made > made.txt]\n")
    run = ellar("new", "shop", "--template", "template")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.endswith("runs code of its own (tasks); if you trust it, add --trust\n")
    assert not (tmp_path / "shop").exists()
    document = json.loads(ellar("new", "shop", "--template", "template", "--trust", "--json").stdout)
    assert {"action": "create", "path": "shop/made.txt"} in document["changes"]


def test_dry_run_leaves_the_tasks_of_a_template_out_and_says_so(ellar: Ellar, tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    (tmp_path / "template/copier.yml").write_text(f"_tasks: ['touch {tmp_path}/ran']\n_exclude: [copier.yml]\n")
    (tmp_path / "template/NOTES.md").write_text("Notes\n")
    line = ("new", "shop", "--template", "template", "--dry-run", "--no-git")
    left_out = (
        "create  shop/NOTES.md\n\nThe template's tasks are left out of a dry run{}.\n\nNothing was written: this was"
    )
    run = ellar(*line, "--trust")
    assert (run.returncode, run.stdout) == (0, f"{left_out.format('')} a dry run.\n")
    run = ellar(*line)
    assert (run.returncode, run.stdout) == (0, f"{left_out.format('; to run them, add --trust')} a dry run.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["template"]
    assert ellar(*line[:4], "--trust").returncode == 0
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("option", ["--docker", "--ci github"])
def test_wheel_of_the_runtime_comes_along(ellar: Ellar, tmp_path: Path, option: str) -> None:
    run = ellar("new", "shop", *option.split())
    name, content = pack_runtime()
    assert (tmp_path / "shop/vendor" / name).read_bytes() == content
    settings = tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())
    assert settings["tool"]["uv"] == {"find-links": ["vendor"]}
    assert settings["project"]["dependencies"] == ["ellar-kit==0.1.0"]
    assert f"Its ellar-kit comes from vendor/{name}: ellar-kit==0.1.0\n" in run.stdout
    assert ".venv/bin/pip install --find-links vendor -e '.[dev]' && " in run.stdout


def test_wheel_that_runtime_names_comes_along(ellar: Ellar, tmp_path: Path) -> None:
    wheel = tmp_path / "ellar_kit-0.3.1-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    ellar("new", "shop", "--docker", "--runtime", str(wheel))
    assert (tmp_path / "shop/vendor" / wheel.name).read_bytes() == b"a wheel"
    settings = tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())
    assert settings["project"]["dependencies"] == ["ellar-kit==0.3.1"]


def test_runtime_that_others_can_have_is_not_vendored(ellar: Ellar, tmp_path: Path) -> None:
    ellar("new", "shop", "--docker", "--ci", "github", "--runtime", "git+https://example.org/kit.git@1")
    assert not (tmp_path / "shop/vendor").exists()
    files = [
        tmp_path / "shop" / path for path in ("Dockerfile", ".dockerignore", ".github/workflows/ci.yml", "AGENTS.md")
    ]
    assert [path.name for path in files if "vendor" in path.read_text()] == []
    assert "install --yes --no-install-recommends git" in files[0].read_text()


def test_folder_as_runtime_is_nothing_for_an_image(ellar: Ellar, tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit/pyproject.toml").touch()
    run = ellar("new", "shop", "--docker", "--runtime", "kit")
    assert run.returncode == 1
    assert run.stderr.endswith("leave it out, and this tool's own goes to vendor/, or say a wheel\n")
    assert not (tmp_path / "shop").exists()


def test_refused_name_is_one_line_and_no_file(ellar: Ellar, tmp_path: Path) -> None:
    run = ellar("new", "class")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "error: 'class' is a Python keyword; 'class_app' would do\n"
    assert list(tmp_path.iterdir()) == []


def test_next_steps_work_as_typed_by_full_path(ellar: Ellar, tmp_path: Path) -> None:
    notes, _, listed = ellar("new", "project").stdout.partition("Next:")
    steps = [line.strip() for line in listed.splitlines() if line]
    assert steps[0] == "cd project"
    assert steps[1].endswith("/ellar create-module car")
    assert steps[2].endswith("/ellar runserver")
    assert len(steps) == 3
    assert notes.endswith(
        "\nTo run its tests, in its folder: "
        "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest\n\n"
    )
    run = subprocess.run(" && ".join(steps[:2]), shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "project/project/apps/car/module.py").is_file()


def test_next_steps_name_the_tool_where_path_finds_it(tool: Path, tmp_path: Path) -> None:
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["ellar", "new", "project"], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert "\n  ellar create-module car\n  ellar runserver\n" in run.stdout


def test_tool_in_a_folder_with_a_space_is_quoted(tool: Path, tmp_path: Path) -> None:
    (tmp_path / "my tools").mkdir()
    (tmp_path / "my tools" / "ellar").write_text(tool.read_text())
    (tmp_path / "my tools" / "ellar").chmod(0o755)
    run = subprocess.run(["my tools/ellar", "new", "project"], cwd=tmp_path, capture_output=True, text=True)
    assert f"  '{tmp_path}/my tools/ellar' runserver\n" in run.stdout
