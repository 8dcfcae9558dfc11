import json
import subprocess
from pathlib import Path

import pytest

from ellar_cli.distribution.requirement import runtime_requirement, version_range
from ellar_cli.errors import CliError


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site-packages that comes before this environment's."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path / "site"


def installed(site: Path, name: str, version: str, direct_url: object = None) -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if direct_url is not None:
        (info / "direct_url.json").write_text(json.dumps(direct_url))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A clone whose one commit its remote has."""
    work = tmp_path / "a clone"
    git(tmp_path, "init", "--quiet", "--bare", "remote")
    git(tmp_path, "clone", "--quiet", "remote", str(work))
    (work / "a python" / "kit").mkdir(parents=True)
    for folder in (work, work / "a python" / "kit"):
        (folder / "pyproject.toml").touch()
    git(work, "add", ".")
    commit(work)
    git(work, "push", "--quiet", "origin", "HEAD")
    return work


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> None:
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "work")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.1.0", ">=0.1.0,<0.2"),
        ("0.9.3.dev4", ">=0.9.3.dev4,<0.10"),
        ("1.0.0", ">=1.0.0,<2"),
        ("2.3rc1", ">=2.3rc1,<3"),
    ],
)
def test_range_ends_before_the_version_that_may_break(version: str, expected: str) -> None:
    assert version_range(version) == expected


def test_installed_from_the_index_gives_a_range(site: Path) -> None:
    installed(site, "ellar-kit", "0.4.2")
    requirement = runtime_requirement()
    assert requirement.text == "ellar-kit>=0.4.2,<0.5"
    assert not requirement.is_direct
    assert requirement.place == "the package index"


@pytest.mark.parametrize(
    ("direct_url", "expected"),
    [
        (
            {"url": "https://git.example/a/kit.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            "git+https://git.example/a/kit.git@c0ffee",
        ),
        (
            {
                "url": "https://git.example/kit",
                "vcs_info": {"vcs": "git", "commit_id": "c0ffee", "requested_revision": "main"},
                "subdirectory": "python",
            },
            "git+https://git.example/kit@c0ffee#subdirectory=python",
        ),
        (
            {"url": "https://me:secret@git.example/kit", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            "git+https://git.example/kit@c0ffee",
        ),
        (
            {"url": "https://files.example/ellar_kit-0.4.2-py3-none-any.whl", "archive_info": {}},
            "https://files.example/ellar_kit-0.4.2-py3-none-any.whl",
        ),
    ],
)
def test_installed_from_an_address_gives_that_address(site: Path, direct_url: object, expected: str) -> None:
    installed(site, "ellar-kit", "0.4.2", direct_url)
    requirement = runtime_requirement()
    assert requirement.text == f"ellar-kit @ {expected}"
    assert requirement.is_direct
    assert not requirement.is_of_this_machine


def test_installed_from_a_wheel_file_gives_its_path(site: Path) -> None:
    url = "file:///tmp/ellar_kit-0.4.2-py3-none-any.whl"
    installed(site, "ellar-kit", "0.4.2", {"url": url, "archive_info": {}})
    assert runtime_requirement().text == f"ellar-kit @ {url}"
    assert runtime_requirement().is_of_this_machine


def test_folder_without_a_repository_gives_its_path(site: Path, tmp_path: Path) -> None:
    installed(site, "ellar-kit", "0.4.2", {"url": (tmp_path / "kit").as_uri(), "dir_info": {"editable": True}})
    assert runtime_requirement().text == f"ellar-kit @ {(tmp_path / 'kit').as_uri()}"
    assert runtime_requirement().place == "a path of this machine"


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://git.example/kit.git", "https://git.example/kit.git"),
        ("https://token@git.example:8443/kit.git", "https://git.example:8443/kit.git"),
        ("ssh://git@git.example/a/kit.git", "ssh://git@git.example/a/kit.git"),
        ("git@git.example:a/kit.git", "ssh://git@git.example/a/kit.git"),
    ],
)
def test_folder_whose_commit_its_remote_has_gives_that_commit(
    site: Path, repository: Path, remote: str, expected: str
) -> None:
    git(repository, "remote", "set-url", "origin", remote)
    installed(site, "ellar-kit", "0.4.2", {"url": repository.as_uri(), "dir_info": {}})
    head = git(repository, "rev-parse", "HEAD").strip()
    assert runtime_requirement().text == f"ellar-kit @ git+{expected}@{head}"


def test_folder_inside_a_repository_is_named(site: Path, repository: Path) -> None:
    git(repository, "remote", "set-url", "origin", "https://git.example/mono")
    kit = repository / "a python" / "kit"
    installed(site, "ellar-kit", "0.4.2", {"url": kit.as_uri(), "dir_info": {}})
    head = git(repository, "rev-parse", "HEAD").strip()
    assert runtime_requirement().text == (
        f"ellar-kit @ git+https://git.example/mono@{head}#subdirectory=a%20python/kit"
    )


@pytest.mark.parametrize("folder", ["not committed", "a python/kit"])
def test_folder_that_no_commit_holds_as_it_is_gives_its_path(site: Path, repository: Path, folder: str) -> None:
    git(repository, "remote", "set-url", "origin", "https://git.example/mono")
    kit = repository / folder
    kit.mkdir(exist_ok=True)
    (kit / "pyproject.toml").write_text("# changed since")
    installed(site, "ellar-kit", "0.4.2", {"url": kit.as_uri(), "dir_info": {}})
    assert runtime_requirement().text == f"ellar-kit @ {kit.as_uri()}"


def test_git_hook_of_another_repository_changes_nothing(
    site: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "remote", "set-url", "origin", "https://git.example/mono")
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    installed(site, "ellar-kit", "0.4.2", {"url": tmp_path.as_uri(), "dir_info": {}})
    assert runtime_requirement().text == f"ellar-kit @ {tmp_path.as_uri()}"


def test_repository_on_this_machine_is_a_path_of_this_machine(site: Path) -> None:
    record = {"url": "file:///tmp/kit", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}
    installed(site, "ellar-kit", "0.4.2", record)
    assert runtime_requirement().is_of_this_machine


def test_folder_whose_remote_is_a_path_of_this_machine_gives_its_own_path(site: Path, repository: Path) -> None:
    installed(site, "ellar-kit", "0.4.2", {"url": repository.as_uri(), "dir_info": {}})
    assert runtime_requirement().text == f"ellar-kit @ {repository.as_uri()}"


def test_folder_with_a_commit_that_nobody_else_has_gives_its_path(site: Path, repository: Path) -> None:
    git(repository, "remote", "set-url", "origin", "https://git.example/kit.git")
    commit(repository)
    installed(site, "ellar-kit", "0.4.2", {"url": repository.as_uri(), "dir_info": {}})
    assert runtime_requirement().text == f"ellar-kit @ {repository.as_uri()}"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("0.4", "ellar-kit==0.4"),
        (">=0.4,<0.6", "ellar-kit<0.6,>=0.4"),
        ("~=0.4", "ellar-kit~=0.4"),
        ("ellar-kit", "ellar-kit"),
        ("Ellar_Kit>=0.4", "Ellar_Kit>=0.4"),
        ("ellar-kit @ https://x.example/kit.whl", "ellar-kit@ https://x.example/kit.whl"),
        ("git+https://x.example/kit@main", "ellar-kit@ git+https://x.example/kit@main"),
        ("https://x.example/kit.whl", "ellar-kit@ https://x.example/kit.whl"),
    ],
)
def test_spec_says_where_instead(spec: str, expected: str) -> None:
    assert runtime_requirement(spec).text.replace(" @ ", "@ ") == expected


def test_spec_may_be_a_wheel_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ellar_kit-0.4-py3-none-any.whl").touch()
    (tmp_path / "a kit").mkdir()
    (tmp_path / "a kit" / "pyproject.toml").touch()
    for typed in ("ellar_kit-0.4-py3-none-any.whl", "a kit", "./a kit"):
        assert runtime_requirement(typed).text == f"ellar-kit @ {(tmp_path / typed).as_uri()}"
        assert runtime_requirement(typed).is_of_this_machine


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("", "is no version"),
        ("no such thing", "is no version"),
        (">=", "is no version"),
        ("./missing.whl", "is no version"),
        ("ellar", "another project"),
        ("ellar-cli>=1", "another project"),
        ("django", "another project"),
        (".", "neither a wheel"),
    ],
)
def test_spec_that_is_none_is_refused(spec: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CliError, match=f"^--runtime: .*{reason}"):
        runtime_requirement(spec)
