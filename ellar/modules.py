"""Modules: what belongs together, and the walk over the tree of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ellar.exceptions import ImproperlyConfigured, place
from ellar.signatures import as_listed, remember_locals, remembered_locals

ModuleType = TypeVar("ModuleType", bound=type[Any])
_MODULE = "__ellar_module__"


class ModuleBase:
    """Base of all modules."""


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """What `Module` records."""

    name: str
    controllers: tuple[type[Any], ...] = ()
    routers: tuple[Any, ...] = ()
    providers: tuple[Any, ...] = ()
    modules: tuple[type[Any], ...] = ()
    exports: tuple[Any, ...] = ()
    commands: tuple[Any, ...] = ()
    template_folder: str | None = None
    static_folder: str | None = None


def Module(
    *,
    name: str | None = None,
    controllers: Sequence[type[Any]] = (),
    routers: Sequence[Any] = (),
    providers: Sequence[Any] = (),
    modules: Sequence[type[Any]] = (),
    exports: Sequence[Any] = (),
    commands: Sequence[Any] = (),
    template_folder: str = "templates",
    static_folder: str | None = None,
) -> Callable[[ModuleType], ModuleType]:
    """Makes a class a module.

    `routers` are ModuleRouters and plain functions with a route. `providers` can be injected in this module, and those
    in `exports` also where this module is imported by `modules=`. `commands` are functions and Typers that
    `ellar app` runs. `template_folder` and `static_folder` are relative
    to the file that the module is written in; the latter is served below `STATIC_URL` and the module's name.
    """

    def decorate(module: ModuleType) -> ModuleType:
        if not issubclass(module, ModuleBase):
            raise ImproperlyConfigured(
                f"{place(module)}: write class {module.__name__}(ModuleBase), it is no module yet"
            )
        spec = ModuleSpec(
            name or module.__name__,
            as_listed("controllers", controllers),
            as_listed("routers", routers),
            as_listed("providers", providers),
            as_listed("modules", modules),
            as_listed("exports", exports),
            as_listed("commands", commands),
            template_folder,
            static_folder,
        )
        remember_locals(module)
        return record(module, spec)

    return decorate


def record(module: ModuleType, spec: ModuleSpec) -> ModuleType:
    """Makes `module` the module that `spec` describes."""
    setattr(module, _MODULE, spec)
    return module


@dataclass(eq=False, slots=True)
class ModuleNode:
    """A module in the tree, with the modules that it imports."""

    spec: ModuleSpec
    module: type[Any]
    imports: list[ModuleNode] = field(default_factory=list)

    @property
    def is_written(self) -> bool:
        """Is it in the application's own files? The root of what is listed in a call is not."""
        return self.spec.template_folder is not None

    @property
    def place(self) -> str:
        """Where it is written, for errors."""
        return place(self.module) if self.is_written else self.spec.name

    @property
    def class_name(self) -> str:
        """What errors call it: the name to look for in the code."""
        return self.module.__name__ if self.is_written else self.spec.name

    def leads_to(self, other: ModuleNode) -> bool:
        """Does it import the other module, itself or through others?"""
        return any(imported is other or imported.leads_to(other) for imported in self.imports)

    @property
    def local_names(self) -> dict[str, Any]:
        """Names that the module's file does not hold, for classes that are made inside a function."""
        return remembered_locals(self.module)


def walk(root: type[Any]) -> list[ModuleNode]:
    """All modules below `root` and `root` itself, each once, what is imported before what imports it.

    Raises ImproperlyConfigured for a cycle, for what is no module, and for a controller or router in two modules.
    """
    nodes: dict[type[Any], ModuleNode] = {}
    _visit(root, nodes, ())
    _check_owners(nodes.values())
    return list(nodes.values())


def _visit(module: type[Any], nodes: dict[type[Any], ModuleNode], path: tuple[type[Any], ...]) -> ModuleNode:
    if module in nodes:
        return nodes[module]
    if module in path:
        names = " > ".join(visited.__name__ for visited in (*path[path.index(module) :], module))
        raise ImproperlyConfigured(
            f"{place(module)}: modules import each other in a circle: {names}. Take one import out"
        )
    spec = _spec_of(module, path)
    imports = [_visit(imported, nodes, (*path, module)) for imported in spec.modules]
    nodes[module] = ModuleNode(spec, module, imports)
    return nodes[module]


def _spec_of(module: type[Any], path: tuple[type[Any], ...]) -> ModuleSpec:
    spec: ModuleSpec | None = vars(module).get(_MODULE) if isinstance(module, type) else None
    if spec is None:
        is_listed_in_file = path and vars(path[-1])[_MODULE].template_folder is not None
        importer = "the root module"
        if path:
            importer = f"listed in modules={' of ' + path[-1].__name__ if is_listed_in_file else ''}"
        is_class, name = isinstance(module, type), getattr(module, "__name__", repr(module))
        where = f"{place(path[-1] if is_listed_in_file else module)}: " if is_class or is_listed_in_file else ""
        remedy = "write @Module() above its class" if is_class else "write a class with @Module() above it"
        raise ImproperlyConfigured(f"{where}{name}, {importer}, is no module: {remedy}")
    return spec


def _check_owners(nodes: Iterable[ModuleNode]) -> None:
    owners: dict[Any, ModuleNode] = {}
    for node in nodes:
        for controller in node.spec.controllers:
            if not isinstance(controller, type):
                raise ImproperlyConfigured(
                    f"{node.place}: controllers= lists {controller!r}: write a controller's class"
                )
        for kind, listed in (("controllers", node.spec.controllers), ("routers", node.spec.routers)):
            for one in listed:
                owner = owners.setdefault(id(one), node)
                name = f"{getattr(one, '__name__', 'this router')} is in {kind}= of {owner.class_name}"
                if owner is not node:
                    raise ImproperlyConfigured(f"{place(one)}: {name} and of {node.class_name}: leave it in one")
                if listed.count(one) > 1:
                    raise ImproperlyConfigured(f"{place(one)}: {name} twice: leave one")
