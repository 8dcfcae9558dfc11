"""Whatever is typed as a name is refused with one line and no file, or gives what imports and passes its tests."""

import ast
import builtins
import keyword
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ellar_cli.errors import CliError
from ellar_cli.main import main
from ellar_cli.names import MAX_LENGTH, Name, module_name, module_place, project_name, query_parameter

Output = pytest.CaptureFixture[str]

DEVICES = ["con", "prn", "aux", "nul", "com1", "lpt9", "com\N{SUPERSCRIPT ONE}", "conin$"]
FILES = ["__init__", "module", "controllers", "templates", "static", "apps", "tests", "conftest", "root_module", "test"]
KNOWN = [*keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names, *dir(builtins), *DEVICES, *FILES]
HOSTILE = [
    *";&|$`'\"\\<>(){}[]!#~*?%^=+,:@./-_ \t\r\n\x00\x1b\x7f",
    *"\u200b\u200d\u202e\u2028\ufeff\u00a0\u0301\ud800\udc80\ufffeéß\u0131\u017f車",
    *("$(id)", "..", "{{ x }}", "{% raw %}", "%s", "../", "..\\", "\r\n", "/etc", "C:\\", "~/", "😀"),
]
PLAIN = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,9}([-_ ]{1,2}[A-Za-z0-9]{1,6}){0,3}", fullmatch=True)
CASES = st.sampled_from([str, str.upper, str.title, str.swapcase, str.capitalize])
LIKE_ANOTHER = st.sampled_from([0xFEE0, 0x1D400 - 0x41, 0x1D5BA - 0x61])


def _put(name: str, sign: str, at: float) -> str:
    place = round(at * len(name))
    return name[:place] + sign + name[place:]


NAMES = st.one_of(
    st.text(st.characters(), max_size=70),
    PLAIN,
    PLAIN.map(str.lower),
    st.sampled_from(KNOWN),
    st.builds(lambda name, case: case(name), st.sampled_from(KNOWN), CASES),
    st.builds(
        lambda name, end: name + end, st.sampled_from(KNOWN), st.sampled_from([".txt", ".py", ".", " ", "_", "1"])
    ),
    st.builds(_put, PLAIN, st.sampled_from(HOSTILE), st.floats(0, 1)),
    st.builds(lambda name, shift: "".join(chr(ord(letter) + shift) for letter in name), PLAIN, LIKE_ANOTHER),
    st.builds(lambda parts, sign: sign.join(parts), st.lists(PLAIN, min_size=2, max_size=3), st.sampled_from("/\\")),
    st.from_regex(r"[0-9]+[a-z_]*", fullmatch=True),
    st.integers(MAX_LENGTH - 2, MAX_LENGTH + 2).flatmap(lambda n: st.text("abC1_-", min_size=n, max_size=n)),
    st.sampled_from(["--help", "-x", "--", "-", "--version", "--no-websocket", "-h", "--dry-run"]),
)
KINDS = [
    ["--style", style, "--encoding", encoding, *guard]
    for style in ("session", "route", "message")
    for encoding in ("text", "json", "bytes")
    for guard in ([], ["--guard"])
]
MANY = settings(max_examples=1000, deadline=None, derandomize=True, database=None)
SOME = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
FEW = settings(SOME, max_examples=40)


@pytest.mark.parametrize("decide", [module_name, project_name, module_place, query_parameter])
@MANY
@given(NAMES)
def test_any_text_is_refused_with_one_line_and_an_offer_or_is_a_name(
    decide: Callable[[str], object], typed: str
) -> None:
    spelled, refusal = _decided(decide, typed)
    if refusal:
        offer = re.search(r"; '([a-zA-Z0-9_/]+)' would do$", refusal)
        assert offer
        assert refusal.isprintable()
        spelled, refusal = _decided(decide, offer[1])
        assert "/".join(spelled) == offer[1]
    assert refusal == ""
    for word in spelled:
        assert re.fullmatch("[A-Za-z][A-Za-z0-9_]*", word)
        assert not keyword.iskeyword(word)
        assert len(word) <= MAX_LENGTH


def _decided(decide: Callable[[str], object], typed: str) -> tuple[list[str], str]:
    try:
        decided = decide(typed)
    except CliError as error:
        return [], str(error)
    names = decided if isinstance(decided, tuple) else (decided,)
    return [name.snake if isinstance(name, Name) else name for name in names], ""


def test_any_module_is_refused_or_passes_its_tests(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(project)
    made: set[str] = set()

    @SOME
    @given(NAMES)
    def make(typed: str) -> None:
        if _is_made(["create-module", "--", typed], project, capsys):
            made.add(typed)

    make()
    assert made
    _passes_its_tests(project)


def test_any_project_is_refused_or_passes_its_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    kept: list[Path] = []

    @SOME
    @given(NAMES)
    def make(typed: str) -> None:
        before = set(tmp_path.iterdir())
        if _is_made(["new", "--no-git", "--", typed], tmp_path, capsys):
            [folder] = set(tmp_path.iterdir()) - before
            if len(kept) < 3 or len(folder.name) > max(len(one.name) for one in kept):
                kept.append(folder)
            else:
                shutil.rmtree(folder)

    make()
    assert len(kept) > 2
    for folder in (*kept[:2], kept[-1]):
        _passes_its_tests(folder)


def test_any_websocket_is_refused_or_passes_its_tests(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(project)
    assert main(["create-module", "car"]) == 0
    capsys.readouterr()

    @FEW
    @given(NAMES)
    def make(typed: str) -> None:
        _is_made(["create-websocket", "--module", "car", "--", typed], project, capsys)

    make()
    assert len(list(project.glob("project/apps/car/*/controllers.py"))) > 5
    _passes_its_tests(project)


def test_any_query_parameter_is_refused_or_passes_its_tests(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(project)
    made: list[str] = []

    @FEW
    @given(NAMES.filter(bool))
    def make(typed: str) -> None:
        command = ["create-module", f"asking{len(made)}", *KINDS[len(made) % len(KINDS)]]
        if _is_made([*command, f"--query={typed}"], project, capsys):
            made.append(typed)

    make()
    assert made
    _passes_its_tests(project)


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_no_parameter_hides_what_its_handler_uses(
    project: Path, monkeypatch: pytest.MonkeyPatch, kind: list[str]
) -> None:
    monkeypatch.chdir(project)
    assert main(["create-module", "car", "--query", "visitor", *kind]) == 0
    tree = ast.parse((project / "project/apps/car/controllers.py").read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    asking = [node for node in functions if "visitor" in [argument.arg for argument in node.args.args]]
    assert asking
    for function in asking:
        used = {node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)}
        for name in (used | {argument.arg for argument in function.args.args}) - {"visitor"}:
            with pytest.raises(CliError, match="the handler needs"):
                query_parameter(name)


@pytest.mark.parametrize("command", ["new", "create-module"])
def test_what_looks_like_an_option_is_one_line_and_no_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output, command: str
) -> None:
    monkeypatch.chdir(project)

    @SOME
    @given(st.one_of(NAMES.filter(lambda name: name not in ("-", "--help")), st.just("x")).map("-{}".format))
    def refuse(typed: str) -> None:
        before = _listing(project)
        assert main([command, typed]) in (1, 2)
        _refused_with_one_line(capsys)
        assert _listing(project) == before

    refuse()


def _is_made(command: list[str], folder: Path, capsys: Output) -> bool:
    before = _listing(folder)
    code = main(command)
    if code == 0:
        assert len(_listing(folder)) > len(before)
        capsys.readouterr()
        return True
    assert code == 1
    _refused_with_one_line(capsys)
    assert _listing(folder) == before
    return False


def _refused_with_one_line(capsys: Output) -> None:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch("error: .+\n", captured.err)


def _listing(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: ((status := path.lstat()).st_size, status.st_mtime_ns) for path in folder.rglob("*")}


def _passes_its_tests(project: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-3000:]
