"""Long work of a test run, begun in a process of its own when the run starts: machines have more than one core."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

PATIENCE = 600.0  # seconds
ROOT = Path(__file__).parents[1]


class Early(Generic[Result]):
    """What `work`, a function of a test module, returns for a folder of its own; it is called once in a run."""

    def __init__(self, work: Callable[[Path], Result]) -> None:
        self.work = work
        self.name = f"{work.__module__}:{work.__qualname__}"

    def result(self) -> Result:
        """Waits for it. Raises AssertionError, with the traceback and what was printed, where it has failed."""
        process = RUN.process_of(self.name)
        file = RUN.file_of(self.name)
        end = time.monotonic() + PATIENCE
        while not file.exists():
            assert process.poll() is None or file.exists(), f"{self.name} has come to no end:\n{RUN.printed()}"
            assert time.monotonic() < end, f"{self.name} takes more than {PATIENCE} seconds"
            time.sleep(0.05)
        result, error = pickle.loads(file.read_bytes())
        assert error is None, error
        made: Result = result
        return made


class Run:
    """The processes of one test run. What is begun together is done one after the other."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, names: Sequence[str]) -> None:
        folder = self._folder = self._folder or Path(tempfile.mkdtemp())
        command = [sys.executable, "-m", __name__, str(folder), *names]
        with (folder / "printed").open("ab") as printed:
            process = subprocess.Popen(command, cwd=ROOT, stdout=printed, stderr=printed, start_new_session=True)
        self._processes |= dict.fromkeys(names, process)

    def process_of(self, name: str) -> "subprocess.Popen[bytes]":
        if name not in self._processes:
            self.begin([name])
        return self._processes[name]

    def file_of(self, name: str) -> Path:
        assert self._folder
        return _file(self._folder, name)

    def printed(self) -> str:
        assert self._folder
        return (self._folder / "printed").read_text(errors="replace")

    def end(self) -> None:
        """Ends what is still at work, and removes what was made."""
        for process in self._processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


RUN = Run()


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(':', '.')}.pickle"


def _do(folder: Path, name: str) -> None:
    module, _, function = name.partition(":")
    own = _file(folder, name).with_suffix("")
    own.mkdir()
    outcome: tuple[Any, str | None]
    try:
        outcome = getattr(import_module(module), function)(own), None
    except BaseException:
        outcome = None, traceback.format_exc()
    file = _file(folder, name)
    unfinished = file.with_suffix(".part")
    unfinished.write_bytes(pickle.dumps(outcome))
    unfinished.replace(file)


if __name__ == "__main__":
    for wanted in sys.argv[2:]:
        _do(Path(sys.argv[1]), wanted)
