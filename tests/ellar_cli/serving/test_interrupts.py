import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import pytest

from ellar_cli.serving.interrupts import hear, interrupts_wait


def interrupted(told: Connection) -> None:
    """The work of another process, where Ctrl-C comes before it hears of that."""
    signal.raise_signal(signal.SIGINT)
    told.send("goes on")
    try:
        hear()
    except KeyboardInterrupt:
        told.send("interrupted")


def interrupt_at_start_of(process: SpawnProcess, started: list[SpawnProcess]) -> None:
    with interrupts_wait():
        process.start()
        signal.raise_signal(signal.SIGINT)
        started.append(process)


def test_ctrl_c_waits_here_until_a_process_is_started_and_there_until_it_hears() -> None:
    spawn = get_context("spawn")
    started: list[SpawnProcess] = []
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=interrupted, args=[theirs])
    with pytest.raises(KeyboardInterrupt):
        interrupt_at_start_of(process, started)
    assert started == [process]
    assert (ours.recv(), ours.recv()) == ("goes on", "interrupted")
    process.join()
    assert process.exitcode == 0
