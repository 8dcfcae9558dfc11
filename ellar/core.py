"""What an application imports of the core."""

from starlette.requests import Request
from starlette.websockets import WebSocket

from ellar.config import Config
from ellar.exceptions import ImproperlyConfigured
from ellar.metadata import Reflector
from ellar.modules import ModuleBase

__all__ = ["Config", "ImproperlyConfigured", "ModuleBase", "Reflector", "Request", "WebSocket"]
