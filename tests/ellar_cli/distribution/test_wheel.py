"""The wheel that the tool packs of itself, against the one that a build makes, and installed."""

import base64
import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ellar_cli.distribution.wheel import pack_runtime
from ellar_cli.errors import CliError
from tests.early import Early
from tests.server import clean_environment

CHECKOUT = Path(__file__).parents[3]
PACK = """
import pathlib
from ellar_cli.distribution.wheel import pack_runtime

name, content = pack_runtime()
pathlib.Path(name).write_bytes(content)
"""


def built(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(CHECKOUT)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def environment_with(folder: Path, *requirement: str | Path) -> Path:
    """A new environment with one distribution in it; the packages that it needs are those of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, *requirement], check=True, env=clean_environment())
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    next(folder.glob("lib/python*/site-packages")).joinpath("dependencies.pth").write_text(ours)
    return folder / "bin"


def run(folder: Path, *command: str | Path) -> str:
    result = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_same_files_give_the_same_wheel() -> None:
    assert pack_runtime() == pack_runtime()


def test_record_lists_every_file_with_its_hash_and_size() -> None:
    name, content = pack_runtime()
    information = name.removesuffix("-py3-none-any.whl") + ".dist-info"
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        rows = list(csv.reader(wheel.read(f"{information}/RECORD").decode().splitlines()))
        assert {row[0] for row in rows} == set(wheel.namelist())
        for path, recorded, size in rows[:-1]:
            digest = hashlib.sha256(wheel.read(path)).digest()
            assert recorded == "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
            assert int(size) == len(wheel.read(path))
    assert rows[-1] == [f"{information}/RECORD", "", ""]


def by_wheel(folder: Path) -> None:
    """Install what a build makes, and what that packs of itself: both have the same files, and the second works."""
    real = built(folder / "built")
    held_against(real, environment_with(folder / "tool", real), folder)


def by_checkout(folder: Path) -> None:
    """The same of an editable installation."""
    held_against(built(folder / "built"), environment_with(folder / "tool", "--editable", CHECKOUT), folder)


def held_against(real: Path, tool: Path, folder: Path) -> None:
    run(folder, tool / "python", "-c", PACK)
    packed = folder / real.name
    with zipfile.ZipFile(packed) as ours, zipfile.ZipFile(real) as theirs:
        assert sorted(ours.namelist()) == sorted(theirs.namelist())
        written = [name for name in theirs.namelist() if not name.endswith(("/RECORD", "/WHEEL"))]
        assert [name for name in written if ours.read(name) != theirs.read(name)] == []

    fresh = environment_with(folder / "fresh", packed)
    assert run(folder, fresh / "ellar", "--version").startswith("ellar-kit ")
    run(folder, fresh / "ellar", "new", "project")
    run(folder / "project", fresh / "ellar", "create-module", "car")
    assert " passed" in run(folder / "project", fresh / "python", "-m", "pytest")


BY_WHEEL, BY_CHECKOUT = Early(by_wheel), Early(by_checkout)


@pytest.mark.skipif(not (CHECKOUT / ".git").exists(), reason="this is not a checkout")
@pytest.mark.parametrize("installation", [BY_WHEEL, BY_CHECKOUT], ids=["wheel", "editable"])
def test_wheel_of_an_installation_has_the_files_of_a_build_and_works(installation: Early[None]) -> None:
    installation.result()


def test_files_of_another_project_are_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ellar-0.8.0.dist-info").mkdir()
    (tmp_path / "ellar-0.8.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ellar\nVersion: 0.8.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CliError, match=r"^ellar, another project, overwrites files .* uninstall --yes ellar && "):
        pack_runtime()


def test_wheel_needs_what_the_checkout_needs_today_whenever_it_was_installed(tmp_path: Path) -> None:
    tool = environment_with(tmp_path / "tool", "--editable", CHECKOUT)
    metadata = next((tmp_path / "tool").glob("lib/python*/site-packages/ellar_kit-*.dist-info/METADATA"))
    now = metadata.read_text()
    metadata.write_text(now.replace("Requires-Dist: itsdangerous>=2.2\n", ""))
    run(tmp_path, tool / "python", "-c", PACK)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = wheel.read(next(name for name in wheel.namelist() if name.endswith("/METADATA"))).decode()
    assert sorted(packed.splitlines()) == sorted(now.splitlines())
