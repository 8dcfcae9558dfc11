import os
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from ellar_cli.templates.rendering import render, render_folder, templates_root
from ellar_cli.templates.websocket_options import DEFAULT
from tests.templates.combinations import variables


def test_paths_and_texts_are_rendered(tmp_path: Path) -> None:
    folder = tmp_path / "{{ package }}"
    folder.mkdir()
    (folder / "a.py.jinja").write_text("x = '{{ title }}'\n\n")
    (tmp_path / ".hidden.jinja").write_text("kept\n")
    (tmp_path / "copier.yml").write_text("package: str\n")
    assert render_folder(tmp_path, {"package": "shop", "title": "Shop"}) == {
        "shop/a.py": "x = 'Shop'\n\n",
        ".hidden": "kept\n",
    }


def test_unknown_variable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jinja").write_text("{{ nobody }}")
    with pytest.raises(jinja2.UndefinedError, match="nobody"):
        render_folder(tmp_path, {})


def test_line_ends_of_a_checkout_do_not_reach_the_project(tmp_path: Path) -> None:
    (tmp_path / "a.jinja").write_bytes(b"one\r\ntwo\r\n")
    assert render_folder(tmp_path, {}) == {"a": "one\ntwo\n"}


def test_bundled_templates_are_found_and_every_file_ends_in_the_suffix() -> None:
    files = [path for path in templates_root().rglob("*") if path.is_file() and path.name != "copier.yml"]
    assert {path.relative_to(templates_root()).parts[0] for path in files} == {"project", "module", "websocket"}
    assert [path for path in files if path.suffix != ".jinja"] == []


def test_file_is_left_out_where_a_part_of_its_name_is_empty(tmp_path: Path) -> None:
    (tmp_path / "{% if page %}pages{% endif %}").mkdir()
    (tmp_path / "{% if page %}pages{% endif %}" / "{{ name }}.html.jinja").write_text("<p>")
    (tmp_path / "{{ name }}.jinja").write_text("here\n")
    assert render_folder(tmp_path, {"page": True, "name": "a"}) == {"pages/a.html": "<p>", "a": "here\n"}
    assert render_folder(tmp_path, {"page": False, "name": "a"}) == {"a": "here\n"}
    assert render_folder(tmp_path, {"page": False, "name": ""}) == {}


def test_parts_are_included_and_no_files_themselves(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/line.jinja").write_text("I am {{ name }}.\n")
    (tmp_path / "a.jinja").write_text('{% include "parts/line.jinja" %}')
    assert render_folder(tmp_path, {"name": "Ada"}) == {"a": "I am Ada.\n"}


def test_websocket_template_is_laid_over_the_module() -> None:
    given = variables("car", DEFAULT)
    module, websocket = render("module", given), render("websocket", given)
    assert "controllers.py" in module.keys() & websocket.keys()
    assert render("module", given, over="websocket") == module | websocket


def test_template_is_compiled_once_and_again_when_it_changes(tmp_path: Path) -> None:
    template = tmp_path / "template"
    template.mkdir()
    program = (
        "import sys; from pathlib import Path; import jinja2; from ellar_cli.templates.rendering import render_folder; "
        "compiled = jinja2.Environment.compile; jinja2.Environment.compile = lambda *a, **k: print('compiled') or "
        "compiled(*a, **k); print(render_folder(Path(sys.argv[1]), {'name': 'Ada'})['a'])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

    def rendered() -> str:
        command = [sys.executable, "-c", program, str(template)]
        kept = environment | {"PYTHONPYCACHEPREFIX": str(tmp_path / "kept")}
        return subprocess.run(command, env=kept, capture_output=True, text=True, check=True).stdout

    (template / "a.jinja").write_text("Hello {{ name }}")
    assert rendered() == "compiled\nHello Ada\n"
    assert rendered() == "Hello Ada\n"
    (template / "a.jinja").write_text("Bye {{ name }}")
    assert rendered() == "compiled\nBye Ada\n"
    for file in tmp_path.glob("kept/**/template-*.pyc"):
        file.write_bytes(file.read_bytes()[:-9])
    assert rendered() == "compiled\nBye Ada\n"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has such permissions")
def test_cache_that_cannot_be_written_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept").write_text("a file where the cache would be")
    (tmp_path / "a.jinja").write_text("Hello {{ name }}")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    assert render_folder(tmp_path, {"name": "Ada"}) == {"a": "Hello Ada"}
