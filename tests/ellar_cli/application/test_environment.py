"""Whose Python runs the application, with real environments: the tool's, the project's, an activated one."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from ellar_cli.distribution.requirement import DISTRIBUTION, installed_version
from tests.project import ELLAR, new_project

CHECKOUT = Path(__file__).parents[3]
# What is typed: it prints the environment of the Python that runs it.
ASK = ["config", "ENVIRONMENT"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose config has the environment that it is run in."""
    project = new_project(tmp_path_factory.mktemp("whose") / "project")
    config = project / "project/config.py"
    config.write_text(
        "import sys\n" + config.read_text().replace("DEBUG = True", "DEBUG = True\n    ENVIRONMENT = sys.prefix")
    )
    return project


@pytest.fixture(autouse=True)
def _without(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test makes the environments that it is about."""
    if (own := project / ".venv").is_symlink():
        own.unlink()
    shutil.rmtree(own, ignore_errors=True)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def environment(folder: Path, version: str | None = "") -> Path:
    """A real environment that shares the packages of this one, with another ellar-kit, or with none for None."""
    venv.create(folder, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    if version is not None:
        (packages / "shared.pth").write_text(f"{CHECKOUT}\n{sysconfig.get_path('purelib')}\n")
    if version:
        installed(packages, DISTRIBUTION, version)
    return folder


def installed(packages: Path, name: str, version: str) -> None:
    """What an installer leaves of a distribution besides its files."""
    metadata = packages / f"{name.replace('-', '_')}-{version}.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n")


def typed(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | variables
    return subprocess.run([ELLAR, *arguments], cwd=project, env=variables, capture_output=True, text=True, timeout=60)


def ran_with(folder: Path, run: subprocess.CompletedProcess[str]) -> bool:
    shown = f"running with {folder}/bin/python\n" if folder != Path(sys.prefix) else ""
    return (run.returncode, run.stdout, run.stderr) == (0, f"{folder}\n", shown)


def test_environment_of_the_project_runs_it_from_any_folder_and_says_so(project: Path) -> None:
    own = environment(project / ".venv")
    assert ran_with(own, typed(project / "project/apps", *ASK))


def test_activated_environment_comes_before_that_of_the_project(project: Path, tmp_path: Path) -> None:
    environment(project / ".venv")
    activated = environment(tmp_path / "activated")
    assert ran_with(activated, typed(project, *ASK, VIRTUAL_ENV=str(activated)))


@pytest.mark.parametrize("place", ["gone", "."])
def test_what_is_activated_and_is_no_environment_is_passed_over(project: Path, tmp_path: Path, place: str) -> None:
    own = environment(project / ".venv")
    assert ran_with(own, typed(project, *ASK, VIRTUAL_ENV=str(tmp_path / place)))


def test_tool_that_is_in_one_of_the_two_runs_it(project: Path, tmp_path: Path) -> None:
    environment(project / ".venv")
    assert ran_with(Path(sys.prefix), typed(project, *ASK, VIRTUAL_ENV=sys.prefix))
    (tmp_path / "link").symlink_to(sys.prefix)
    assert ran_with(Path(sys.prefix), typed(project, *ASK, VIRTUAL_ENV=str(tmp_path / "link")))
    shutil.rmtree(project / ".venv")
    (project / ".venv").symlink_to(sys.prefix)
    assert ran_with(Path(sys.prefix), typed(project, *ASK, VIRTUAL_ENV=str(environment(tmp_path / "activated"))))


def test_application_outside_of_a_project_is_run_with_the_environment_beside_it(tmp_path: Path) -> None:
    own = environment(tmp_path / ".venv")
    (tmp_path / "site.py").write_text("raise SystemExit('a file of the application was taken for one of Python')")
    (tmp_path / "alone.py").write_text(
        "import sys\nfrom ellar.app import AppFactory\n"
        "app = AppFactory.create_app(config_module={'ENVIRONMENT': sys.prefix})\n"
    )
    assert ran_with(own, typed(tmp_path, *ASK, "--app", "alone:app"))


def test_lines_that_are_to_be_typed_begin_like_the_one_that_was(project: Path) -> None:
    environment(project / ".venv")
    run = typed(project, "config", "--nope")
    assert run.returncode == 2
    assert run.stderr.endswith(f"error: No such option: --nope; see {ELLAR} config --help\n")


def test_lines_that_run_no_application_stay_with_the_tool(project: Path) -> None:
    environment(project / ".venv", None)
    for line in (["runserver", "--help"], ["create-module", "car", "--dry-run"], ["--version"]):
        run = typed(project, *line)
        assert (run.returncode, run.stderr) == (0, "")


def test_environment_without_ellar_kit_is_one_line_with_what_installs_it(project: Path, tmp_path: Path) -> None:
    own = environment(project / ".venv", None)
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)
    python = f"{own}/bin/python"
    begin = f"error: the application runs with {own}, which has no ellar-kit; install it: "
    run = typed(project, *ASK)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"{begin}{python} -m ensurepip && {python} -m pip install ")
    run = typed(project, *ASK, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert run.stderr.startswith(f"{begin}uv pip install --python {python} ")
    assert run.stderr.count("\n") == 1


def test_environment_with_another_version_is_told_with_both_ways_out_on_lines_of_their_own(project: Path) -> None:
    own = environment(project / ".venv", "0.0.7")
    run = typed(project, *ASK)
    ours = installed_version(DISTRIBUTION)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(
        f"error: the application runs with {own}, which has ellar-kit 0.0.7, and this tool is {ours};"
        f" run that one:\n  {own}/bin/ellar config ENVIRONMENT\nor install this one there:\n  "
    )
    assert run.stderr.count("\n") == 4


def test_environment_with_another_projects_tool_is_one_line_with_what_removes_it(project: Path) -> None:
    own = environment(project / ".venv")
    installed(next(own.glob("lib/*/site-packages")), "ellar-cli", "0.3.0")
    run = typed(project, *ASK)
    python = f"{own}/bin/python"
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(
        f"error: {own}: ellar-cli, another project, overwrites files of ellar-kit here:"
        f" {python} -m pip uninstall --yes ellar-cli && {python} -m pip install --force-reinstall --no-deps "
    )
    assert run.stderr.count("\n") == 1


def test_environment_of_another_machine_is_told_and_passed_over(project: Path) -> None:
    python = environment(project / ".venv") / "bin/python"
    python.unlink()
    python.symlink_to("/of/another/machine/python")
    run = typed(project, *ASK)
    assert (run.returncode, run.stdout) == (0, f"{sys.prefix}\n")
    assert run.stderr == (
        f"warning: {project}/.venv has no Python that runs here, so that this tool's own runs the application;"
        f" make it anew: python3 -m venv --clear {project}/.venv\n"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#!/bin/sh\necho 'it is broken' >&2\nexit 3\n", ": it is broken"),
        ("#!/bin/sh\necho 'another program'\n", ""),
        ("no program", ": Exec format error"),
    ],
)
def test_python_that_does_not_run_is_one_line_with_what_makes_it_anew(project: Path, text: str, reason: str) -> None:
    python = environment(project / ".venv") / "bin/python"
    python.unlink()
    python.write_text(text)
    python.chmod(0o755)
    run = typed(project, *ASK)
    anew = f"python3 -m venv --clear {project}/.venv"
    assert (run.returncode, run.stderr) == (1, f"error: {python} does not run{reason}; make it anew: {anew}\n")
