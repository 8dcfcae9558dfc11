import keyword
import re
import sys
from importlib import metadata

import pytest

from ellar_cli.errors import CliError
from ellar_cli.names import (
    MAX_LENGTH,
    clash,
    distribution_name,
    free,
    module_name,
    module_place,
    project_name,
    query_parameter,
    same_class,
)


@pytest.mark.parametrize("typed", ["chat-room", "chat_room", "ChatRoom", "Chat room", "chat room", "chatRoom"])
def test_every_way_to_type_a_name_gives_the_same_spellings(typed: str) -> None:
    name = module_name(typed)
    assert (name.snake, name.kebab, name.class_name, name.title) == ("chat_room", "chat-room", "ChatRoom", "Chat room")


@pytest.mark.parametrize(
    ("typed", "snake", "class_name"),
    [
        ("HTTPServer", "http_server", "HttpServer"),
        ("car2", "car2", "Car2"),
        ("Car2Go", "car2_go", "Car2Go"),
        ("a", "a", "A"),
    ],
)
def test_capitals_and_digits_make_words(typed: str, snake: str, class_name: str) -> None:
    assert (module_name(typed).snake, module_name(typed).class_name) == (snake, class_name)


@pytest.mark.parametrize("typed", ["email", "calendar", "match", "type", "json", "static", "apps", "config", "x" * 64])
def test_modules_may_be_called_what_people_call_modules(typed: str) -> None:
    assert module_name(typed).snake == typed


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "no name"),
        ("  ", "no name"),
        ("class", "keyword"),
        ("Class", "keyword"),
        ("is-not/../x", "path"),
        ("a/b", "path"),
        ("a\\b", "path"),
        (".", "path"),
        ("..", "path"),
        ("../up", "path"),
        ("2048", "digit"),
        ("x\ny", "no name"),
        ("x\x00", "no name"),
        ("x;echo hi", "no name"),
        ("-x", "no name"),
        ("__init__", "no name"),
        ("_private", "no name"),
        ("car_", "no name"),
        ("{{ x }}", "no name"),
        ("ﬁle", "latin small ligature fi"),
        ("\N{CYRILLIC SMALL LETTER ES}ar", "cyrillic small letter es"),
        ("später", "'ä' (latin small letter a with diaeresis)"),
        ("車", "cjk"),
        ("x" * 65, "longer than 64"),
        ("con", "Windows"),
        ("COM1", "Windows"),
        ("nuL", "Windows"),
        ("tests", "pytest"),
        ("test_car", "pytest"),
        ("build", "git, pytest and ruff"),
        ("node-modules", "git, pytest and ruff"),
    ],
)
def test_name_that_will_not_do_is_refused_with_one_that_will(typed: str, reason: str) -> None:
    for decide in (module_name, project_name):
        with pytest.raises(CliError) as refusal:
            decide(typed)
        text = str(refusal.value)
        if decide is module_name:
            assert reason in text
        assert text.isprintable()
        offer = re.search(r"; '(\w+)' would do$", text)
        assert offer
        assert decide(offer[1]).snake == offer[1]


@pytest.mark.parametrize("typed", ["email", "Json", "asyncio", "cgi", "annotationlib", "distutils", "string"])
def test_project_may_not_hide_the_standard_library_of_any_version(typed: str) -> None:
    with pytest.raises(CliError, match=f"standard library; '{typed.lower()}_app' would do"):
        project_name(typed)


def test_no_project_hides_a_module_of_this_python() -> None:
    for name in sys.stdlib_module_names:
        if name.islower() and not name.startswith("_"):
            with pytest.raises(CliError):
                project_name(name)


def test_project_may_not_hide_what_it_is_installed_with() -> None:
    needed = frozenset().union(*map(_needed, ("ellar-kit", "httpx2", "mypy", "pytest", "ruff")))
    allowed = []
    for package, distributions in metadata.packages_distributions().items():
        is_needed = set(distributions) & needed
        if is_needed and package.isidentifier() and not package.startswith("_"):
            try:
                allowed.append(project_name(package).snake)
            except CliError:
                continue
    assert not set(allowed) - {"tests", "benchmarks"}


@pytest.mark.parametrize("typed", ["python-dotenv", "PyYAML", "pyyaml", "Python--Multipart", "markdown_it-py"])
def test_project_may_not_be_installed_as_what_it_needs(typed: str) -> None:
    with pytest.raises(CliError, match=r"would hide a package that projects need; '[a-z_]+' would do"):
        project_name(typed)


def test_names_are_the_same_whatever_this_python_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdlib_module_names", frozenset())
    for name in ("asyncio", "pathlib", "string", "compression", "telnetlib"):
        with pytest.raises(CliError):
            project_name(name)


def _needed(distribution: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    try:
        requires = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return seen
    for requirement in requires:
        name = re.split(r"[^\w.-]", requirement)[0]
        if "extra ==" not in requirement.replace("extra == 'standard'", "").replace('extra == "standard"', ""):
            seen = seen if name in seen else _needed(name, seen | {name})
    return seen


@pytest.mark.parametrize(
    "typed", ["ellar", "ellar-cli", "Ellar Kit", "starlette", "yaml", "tests", "build", "venv", "conftest"]
)
def test_project_may_not_be_called_what_its_tools_take_for_something_else(typed: str) -> None:
    with pytest.raises(CliError, match="would do"):
        project_name(typed)


@pytest.mark.parametrize("word", [word for word in keyword.softkwlist if word != "_"])
def test_soft_keywords_are_names(word: str) -> None:
    assert module_name(word).snake == word


def test_folder_is_called_as_typed() -> None:
    assert distribution_name("My-Project") == "My-Project"
    assert distribution_name("my project") == "my-project"


def test_names_that_differ_in_case_alone_clash() -> None:
    assert clash("car", ["Bus", "CAR"]) == "CAR"
    assert clash("car", ["cars"]) is None


def test_free_name_differs_from_all_in_any_case() -> None:
    assert free("car", ["car", "CAR_2"]) == "car_3"


def test_modules_with_the_same_class_names_clash() -> None:
    assert same_class(module_name("car_2"), ["bus", "car2"]) == "car2"
    assert same_class(module_name("carpool"), ["car_pool"]) is None
    assert same_class(module_name("init"), ["__init__"]) is None


def test_free_name_is_no_longer_than_names_may_be() -> None:
    name = "x" * MAX_LENGTH
    assert module_name(free(name, [name])).snake == f"{'x' * 62}_2"


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("car", ["car"]),
        ("fleet/car", ["fleet", "car"]),
        ("Fleet/chat-room", ["fleet", "chat_room"]),
        ("a/b/c", ["a", "b", "c"]),
    ],
)
def test_place_is_a_name_for_each_folder(typed: str, parts: list[str]) -> None:
    assert [name.snake for name in module_place(typed)] == parts


@pytest.mark.parametrize(
    ("typed", "offer"),
    [
        ("../car", "car"),
        ("/car", "car"),
        ("car/", "car"),
        ("./car", "car"),
        ("a//b", "a/b"),
        ("fleet\\car", "fleet/car"),
        ("fleet/class", "fleet/class_app"),
        ("tests/car", "tests_app/car"),
        ("C:/car", "c/car"),
        ("aux/car", "aux_app/car"),
        ("/", "app"),
        ("\\", "app"),
        ("class", "class_app"),
    ],
)
def test_place_that_will_not_do_is_refused_with_one_that_will(typed: str, offer: str) -> None:
    with pytest.raises(CliError) as refusal:
        module_place(typed)
    assert str(refusal.value).endswith(f"; {offer!r} would do")
    assert "/".join(name.snake for name in module_place(offer)) == offer


@pytest.mark.parametrize(
    ("typed", "name"), [("name", "name"), ("user-name", "user_name"), ("userName", "userName"), ("id", "id")]
)
def test_parameter_is_called_as_typed(typed: str, name: str) -> None:
    assert query_parameter(typed) == name


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "no name"),
        ("1st", "digit"),
        ("_", "no name"),
        ("_name", "no name"),
        ("name[]", "no name"),
        ("class", "keyword"),
        ("None", "keyword"),
        ("self", "handler"),
        ("websocket", "handler"),
        ("data", "handler"),
        ("code", "handler"),
        ("ticket", "handler"),
        ("naïve", "latin small letter i"),
        ("x" * 65, "longer than 64"),
        ("a b/c", "path"),
    ],
)
def test_parameter_that_will_not_do_is_refused_with_one_that_will(typed: str, reason: str) -> None:
    with pytest.raises(CliError, match=r"^--query: ") as refusal:
        query_parameter(typed)
    assert reason in str(refusal.value)
    offer = re.search(r"; '(\w+)' would do$", str(refusal.value))
    assert offer
    assert query_parameter(offer[1]) == offer[1]
