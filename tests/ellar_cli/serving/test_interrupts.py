import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection

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


def test_ctrl_c_waits_here_until_a_process_is_started_and_there_until_it_hears() -> None:
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=interrupted, args=[theirs])
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        process.start()
        signal.raise_signal(signal.SIGINT)
        assert ours.recv() == "goes on"
    assert ours.recv() == "interrupted"
    process.join()
    assert process.exitcode == 0
