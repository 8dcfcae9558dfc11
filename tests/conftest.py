import pytest

from tests.early import RUN, Early


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin what the tests that were selected will wait for."""
    modules = dict.fromkeys(item.module for item in session.items if isinstance(item, pytest.Function))
    names = [one.name for module in modules for one in vars(module).values() if isinstance(one, Early)]
    if names and not session.config.option.collectonly:
        RUN.begin(list(dict.fromkeys(names)))


def pytest_sessionfinish() -> None:
    RUN.end()
