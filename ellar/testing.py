"""Testing: an application of just what a test needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from starlette.testclient import TestClient

from ellar.app import App, root_module
from ellar.config import ConfigSource
from ellar.di import ProviderConfig
from ellar.guards import Guard
from ellar.signatures import MISSING

__all__ = ["Test", "TestClient", "TestModule"]


class TestModule:
    """What `Test.create_test_module` makes: override providers, then take a client."""

    __test__ = False  # for pytest, which collects classes of this name

    def __init__(self, root: type[Any], config_module: ConfigSource | None, global_guards: Sequence[Guard]) -> None:
        self._root = root
        self._config_module = config_module
        self._global_guards = global_guards
        self._overrides: dict[Any, ProviderConfig] = {}

    def override_provider(
        self,
        base: Any,
        *,
        use_value: Any = MISSING,
        use_class: type[Any] | None = None,
        use_factory: Callable[..., Any] | None = None,
    ) -> Self:
        """Provides `base` by this, whatever any module says."""
        override = ProviderConfig(base, use_value=use_value, use_class=use_class, use_factory=use_factory)
        self._overrides[base] = override
        return self

    def create_application(self) -> App:
        """A new application with the overrides so far."""
        return App(
            self._root,
            config_module=self._config_module,
            global_guards=self._global_guards,
            overrides=self._overrides,
        )

    def get_test_client(self) -> TestClient:
        """Starlette's client of a new application; `with` it to run the lifespan too."""
        return TestClient(self.create_application())


class Test:
    """Makes modules for tests."""

    __test__ = False

    @staticmethod
    def create_test_module(
        *,
        controllers: Sequence[type[Any]] = (),
        modules: Sequence[type[Any]] = (),
        providers: Sequence[Any] = (),
        global_guards: Sequence[Guard] = (),
        config_module: ConfigSource | None = None,
    ) -> TestModule:
        """A root module of what is listed."""
        return TestModule(root_module(modules, controllers, providers), config_module, global_guards)
