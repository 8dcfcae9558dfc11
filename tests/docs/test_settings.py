"""The page of the config tells of every setting what its docstring says."""

from tests.docs.settings import shown, table


def test_the_table_is_that_of_the_class() -> None:
    assert shown() == table(), "run python -m tests.docs.settings"
