"""schemathesis asks a real server for what its document allows, and for what it forbids."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.ellar.api.sample import app
from tests.ellar.conftest import serve

CONFIG = """
[auth.openapi]
Token = {bearer = "s3cret"}
Person = {username = "ada", password = "s3cret"}
Key = {api_key = "s3cret"}
QueryKey = {api_key = "s3cret"}
CookieKey = {api_key = "s3cret"}
"""
# pydantic takes "1" for 1 and 0 for a date, and knows no more cookies than it asks for: that much is meant.
LENIENT = "negative_data_rejection"


def test_it_finds_no_500_and_no_answer_outside_of_the_document(tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    command = [schemathesis, "run", "--no-color", "--seed=1", "--max-examples=25"]
    with serve(app) as port:
        address = f"http://127.0.0.1:{port}/openapi.json"
        run = subprocess.run(
            [*command, "--checks=all", f"--exclude-checks={LENIENT}", address],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "Tested: 28" in run.stdout
