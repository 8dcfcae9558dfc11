import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ellar_cli.main import main


class Run(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


Inside = Callable[..., Run]


@pytest.fixture
def inside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Inside:
    """Runs a command line in a folder, in this process, which forgets the application again."""

    def run(folder: Path, *arguments: str) -> Run:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(sys, "path", [*sys.path])
            patch.setattr(sys, "dont_write_bytecode", True)
            patch.setattr(os, "environ", os.environ.copy())
            before = set(sys.modules)
            try:
                code = main([*arguments])
            finally:
                for name in set(sys.modules) - before:
                    if str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(tmp_path.parent)):
                        del sys.modules[name]
        return Run(code, *capsys.readouterr())

    return run
