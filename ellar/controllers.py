"""Controllers and their routes: the decorators record frozen specs, and `App` reads them once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from ellar.context import IExecutionContext
from ellar.exceptions import ImproperlyConfigured, place
from ellar.signatures import names_of, remember_locals, users_frame, users_place

if TYPE_CHECKING:
    from ellar.websockets import WebSocketSessionHandler

Handler = TypeVar("Handler", bound=Callable[..., Any])
ControllerType = TypeVar("ControllerType", bound=type[Any])
Encoding = Literal["text", "json", "bytes"]
Event = Literal["connect", "disconnect"]

_PREFIX = "__ellar_prefix__"
_ROUTE = "__ellar_route__"
_HOOK = "__ellar_hook__"
_HOOKS = "__ellar_hooks__"
_ADDED = "__ellar_added__"
_TEMPLATE = "__ellar_template__"


class ControllerBase:
    """Base of all controllers. One instance serves one request, or one websocket connection."""

    context: IExecutionContext


@dataclass(frozen=True, slots=True)
class HTTPSpec:
    """A route that answers requests."""

    path: str
    methods: tuple[str, ...]
    name: str | None
    response: Any = None

    @property
    def responses(self) -> Mapping[int, Any]:
        """The types that `response=` names, by status; one alone is that of 200, and of every other success."""
        if self.response is None:
            return {}
        return self.response if isinstance(self.response, Mapping) else {200: self.response}


@dataclass(frozen=True, slots=True)
class WebSocketSpec:
    """A route that takes websocket connections."""

    path: str
    name: str | None
    use_extra_handler: bool
    encoding: Encoding | None
    extra_handler_type: type[WebSocketSessionHandler] | None


@dataclass(frozen=True, slots=True)
class HookSpec:
    """What else is called in the session of a websocket handler."""

    event: Event
    handler: Callable[..., Any]


Spec = HTTPSpec | WebSocketSpec


def Controller(prefix: str) -> Callable[[ControllerType], ControllerType]:
    """Makes a class a controller, its routes below `prefix` (`"/car"`; `"/"` for none)."""
    if not isinstance(prefix, str):
        raise ImproperlyConfigured(f'{place(prefix)}: write the path of its routes: @Controller("/path")')

    def decorate(controller: ControllerType) -> ControllerType:
        if not issubclass(controller, ControllerBase):
            name = controller.__name__
            raise ImproperlyConfigured(
                f"{place(controller)}: write class {name}(ControllerBase), it is no controller yet"
            )
        setattr(controller, _PREFIX, checked_path(prefix, controller).rstrip("/"))
        remember_locals(controller)
        return controller

    return decorate


def checked_path(path: str, declared: Any) -> str:
    """A prefix or path as it is. Raises ImproperlyConfigured where it does not begin with a slash."""
    if not isinstance(path, str):
        raise ImproperlyConfigured(f'{place(declared)}: {path!r} is no path: write one like "/cars"')
    if path and not path.startswith("/"):
        raise ImproperlyConfigured(f'{place(declared)}: the path {path!r} must begin with "/": write "/{path}"')
    return path


def _route(handler: Handler, spec: Spec) -> Handler:
    if isinstance(handler, staticmethod | classmethod) or not hasattr(handler, "__qualname__"):
        kind = type(handler).__name__
        raise ImproperlyConfigured(
            f"{users_place()}: a {kind} can't have a route: write a function, or a method of self"
        )
    if _ROUTE in vars(handler):
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} has a route already: write a second function"
        )
    if first := _of_the_same_name(handler):
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} is a route already ({place(first)}): give one another name"
        )
    setattr(handler, _ROUTE, spec)
    remember_locals(handler)
    return handler


def _of_the_same_name(handler: Callable[..., Any]) -> Any | None:
    """The method with a route that stands above in the same class: a class keeps the last one of a name."""
    names = users_frame().f_locals
    if handler.__qualname__ != f"{names.get('__qualname__')}.{handler.__name__}":
        return None
    first = names.get(handler.__name__)
    return first if hasattr(first, _ROUTE) else None


def add_to_router(handler: Callable[..., Any]) -> None:
    """Notes that a router has this very function, and knows nothing of what is wrapped around it later."""
    setattr(handler, _ADDED, handler)


def check_is_reached(decorated: Any, decorator: str) -> None:
    """Raises ImproperlyConfigured for what is written on a wrapper around the function that a router has."""
    if getattr(decorated, _ADDED, decorated) is not decorated:
        raise ImproperlyConfigured(
            f"{users_place()}: {decorator} is not seen on {decorated.__qualname__}: the router has the function below"
            f" another decorator: write {decorator} below the route's, or the route's on top"
        )


def http_route(
    path: str, *, methods: Sequence[str], name: str | None = None, response: Any = None
) -> Callable[[Handler], Handler]:
    """Answers requests of these methods to `path`, which is below the controller's; `name` is for `url_for`.

    `response` is the type of what a success leaves with, or a mapping of types by status. What the handler returns is
    validated by it and leaves with its fields alone.
    """
    if not isinstance(path, str):
        raise ImproperlyConfigured(f'{place(path)}: write the path of the route: @get("/path")')
    if isinstance(methods, str) or not methods:
        raise ImproperlyConfigured(f'{users_place()}: methods={methods!r} is no list of methods: write ["GET"]')

    def decorate(handler: Handler) -> Handler:
        upper = tuple(method.upper() for method in methods)
        return _route(handler, HTTPSpec(checked_path(path, handler), upper, name, response))

    return decorate


def get(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers GET (and HEAD) requests to `path`."""
    return http_route(path, methods=("GET",), name=name, response=response)


def post(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers POST requests to `path`."""
    return http_route(path, methods=("POST",), name=name, response=response)


def put(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers PUT requests to `path`."""
    return http_route(path, methods=("PUT",), name=name, response=response)


def patch(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers PATCH requests to `path`."""
    return http_route(path, methods=("PATCH",), name=name, response=response)


def delete(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers DELETE requests to `path`."""
    return http_route(path, methods=("DELETE",), name=name, response=response)


def head(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers HEAD requests to `path`."""
    return http_route(path, methods=("HEAD",), name=name, response=response)


def options(path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
    """Answers OPTIONS requests to `path`."""
    return http_route(path, methods=("OPTIONS",), name=name, response=response)


def render(template_name: str) -> Callable[[Handler], Handler]:
    """Renders the mapping that the handler returns with a template of the module (or beside the controller)."""
    if not isinstance(template_name, str):
        raise ImproperlyConfigured(f'{place(template_name)}: write the name of the template: @render("page.html")')

    def decorate(handler: Handler) -> Handler:
        check_is_reached(handler, "@render")
        setattr(handler, _TEMPLATE, template_name)
        return handler

    return decorate


class _WebSocketRoute:
    """`ws_route` itself, and `ws_route.connect` and `ws_route.disconnect`."""

    def __call__(
        self,
        path: str,
        *,
        name: str | None = None,
        use_extra_handler: bool = False,
        encoding: Encoding | None = "json",
        extra_handler_type: type[WebSocketSessionHandler] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Takes websocket connections at `path`.

        The handler serves the whole connection: it accepts, receives and sends. With `use_extra_handler` it is called
        for each message instead, which `WsBody` parameters receive, decoded by `encoding` (None: either kind of frame,
        as it came) and validated. `extra_handler_type` is a subclass of the built-in WebSocketSessionHandler, to do
        more at connect, message and disconnect.
        """
        if not isinstance(path, str):
            raise ImproperlyConfigured(f'{place(path)}: write the path of the route: @ws_route("/path")')

        def decorate(handler: Handler) -> Handler:
            if encoding not in (*get_args(Encoding), None):
                known = ", ".join(repr(known) for known in get_args(Encoding))
                raise ImproperlyConfigured(f"{place(handler)}: unknown encoding {encoding!r}: write {known} or None")
            checked = checked_path(path, handler)
            return _route(handler, WebSocketSpec(checked, name, use_extra_handler, encoding, extra_handler_type))

        return decorate

    def connect(self, handler: Callable[..., Any]) -> Callable[[Handler], Handler]:
        """Called when a client connects to `handler`'s route, in place of the built-in `accept()`."""
        return _hook(HookSpec("connect", handler))

    def disconnect(self, handler: Callable[..., Any]) -> Callable[[Handler], Handler]:
        """Called once when a connection to `handler`'s route has ended: with `(websocket)` or `(websocket, code)`."""
        return _hook(HookSpec("disconnect", handler))


ws_route = _WebSocketRoute()


def _hook(spec: HookSpec) -> Callable[[Handler], Handler]:
    if not isinstance(route_of(spec.handler), WebSocketSpec):
        name = getattr(spec.handler, "__qualname__", repr(spec.handler))
        raise ImproperlyConfigured(
            f"{place(spec.handler)}: {name} has no @ws_route: write @ws_route.{spec.event}(handler) below the"
            " @ws_route whose handler that is"
        )

    def decorate(hook: Handler) -> Handler:
        if hasattr(hook, _HOOK):
            name = hook.__qualname__
            raise ImproperlyConfigured(f"{place(hook)}: {name} is a hook of a handler already: write a second function")
        setattr(hook, _HOOK, spec)
        setattr(spec.handler, _HOOKS, [*getattr(spec.handler, _HOOKS, ()), hook])
        remember_locals(hook)
        return hook

    return decorate


def prefix_of(controller: type[Any]) -> str:
    """The path that `Controller` recorded. Raises ImproperlyConfigured for a class without."""
    prefix: str | None = vars(controller).get(_PREFIX)
    if prefix is None:
        raise ImproperlyConfigured(
            f'{place(controller)}: {controller.__name__} needs @Controller("/path") above its class'
        )
    return prefix


Route = tuple[Callable[..., Any], Spec]
Hook = tuple[Callable[..., Any], HookSpec]


def routes_of(controller: type[Any]) -> list[Route]:
    """A controller's handlers and their routes, a base class's first, in the order they are written."""
    return [(handler, spec) for handler in _members(controller) if (spec := route_of(handler)) is not None]


def route_of(handler: Any) -> Spec | None:
    """The route that a decorator recorded."""
    spec: Spec | None = getattr(handler, _ROUTE, None)
    return spec


def is_decorated(member: Any) -> bool:
    """Is it a handler, or a hook of one?"""
    return hasattr(member, _ROUTE) or hasattr(member, _HOOK)


def hooks_of(controller: type[Any]) -> list[Hook]:
    """A controller's connect and disconnect handlers."""
    return [(hook, getattr(hook, _HOOK)) for hook in _members(controller) if hasattr(hook, _HOOK)]


def hooks_of_function(handler: Callable[..., Any]) -> list[Hook]:
    """The connect and disconnect handlers of a plain function."""
    return [(hook, getattr(hook, _HOOK)) for hook in getattr(handler, _HOOKS, ())]


def template_of(handler: Callable[..., Any]) -> str | None:
    """The template's name that `render` recorded."""
    name: str | None = getattr(handler, _TEMPLATE, None)
    return name


def _members(controller: type[Any]) -> Iterator[Any]:
    return (getattr(controller, name) for name in names_of(controller))
