import sys

import pytest

from ellar_cli.columns import Column, fitted, rows, say_columns

COLUMNS = [
    Column("METHOD", ["GET", "WS"]),
    Column("PATH", ["/car/ws-index", "/car/live-support"]),
    Column(
        "FILE", ["project/apps/car/controllers.py:13", "project/apps/car/controllers.py:18"], least=18, keeps_end=True
    ),
    Column("HANDLER", ["CarController.ws_index", "CarController.live_support"], least=12),
    Column("GUARDS", ["", ""]),
]
WHOLE = """\
METHOD  PATH               FILE                                HANDLER                     GUARDS
GET     /car/ws-index      project/apps/car/controllers.py:13  CarController.ws_index
WS      /car/live-support  project/apps/car/controllers.py:18  CarController.live_support
"""


def shown(width: int, *left_out_first: str) -> list[str]:
    return rows(fitted(COLUMNS, left_out_first, width))


def on_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")


def test_pipe_gets_every_column_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    say_columns(COLUMNS, ["FILE"])
    assert capsys.readouterr().out == WHOLE


def test_terminal_that_is_wide_enough_gets_all_but_empty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(89, monkeypatch)
    say_columns(COLUMNS, ["FILE"])
    assert capsys.readouterr().out == WHOLE.replace("HANDLER                     GUARDS", "HANDLER")


def test_narrow_terminal_is_told_what_it_has_no_room_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(60, monkeypatch)
    say_columns(COLUMNS, ["FILE", "HANDLER"])
    *_, row, last = capsys.readouterr().out.splitlines()
    assert row == "WS      /car/live-support  CarController.live_support"
    assert last == "too narrow for FILE"


def test_column_that_is_left_out_last_is_there_as_long_as_cutting_is_enough() -> None:
    assert fitted(COLUMNS, [], 61, ["FILE"])[2].title == "FILE"
    assert rows(fitted(COLUMNS, [], 56, ["FILE"]))[1] == "WS      /car/live-support  CarController.live_support"


def test_cells_are_cut_at_the_end_that_says_less() -> None:
    assert shown(61) == [
        "GET     /car/ws-index      …controllers.py:13  CarController…",
        "WS      /car/live-support  …controllers.py:18  CarController…",
    ]


@pytest.mark.parametrize("width", range(60, 92))
def test_rows_are_never_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, shown(width, "GUARDS"))) <= width


def test_what_has_no_least_width_stays_whole_however_narrow_it_is() -> None:
    assert shown(10, "FILE", "HANDLER") == ["GET     /car/ws-index", "WS      /car/live-support"]


def test_wide_letters_take_two_places() -> None:
    assert rows([Column("PATH", ["/車", "/caré"]), Column("NAME", ["a", "b"])]) == ["/車    a", "/caré  b"]
    assert rows(fitted([Column("", ["車車車車", "cars"], least=3)], [], 5)) == ["車車…", "cars"]


def test_no_rows_are_no_lines() -> None:
    assert rows([]) == []
