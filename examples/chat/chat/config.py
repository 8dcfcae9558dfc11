import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ellar.core import Config, ImproperlyConfigured


class BaseConfig(Config):
    """What every environment shares."""

    REDIRECT_SLASHES = True
    SESSION_COOKIE_NAME = "chat_session"

    USERS: Mapping[str, str] = {}
    """Who may log in: names, and their passwords as `python -m chat.apps.accounts.passwords` hashes them."""
    LOGIN_HINT = ""
    """Shown on the login page."""


class DevelopmentConfig(BaseConfig):
    """For your own machine only: its key and its passwords are in the repository."""

    DEBUG = True
    SECRET_KEY = "Houy6IRWPmd2tW9-F2hKYUpQhSNiEffdg8EFN04-EY8"
    USERS: Mapping[str, str] = {
        "ada": "16384$8$5$/FreO4UapFSaXdgYmR9KLw==$LmPiqG5ZMX957LCa3xhI+be4o6hK0rtwj/zsra+ZyB4=",
        "grace": "16384$8$5$cRhx4rDRP+E4Feca9XBq/w==$jVevVr5GtEgp43IVx4nf7uAAEzZf9Iz+tH1CdClzdvM=",
    }
    LOGIN_HINT = "Log in as ada, with the password “engine”, or as grace, with “compiler”."


class ProductionConfig(BaseConfig):
    """For servers that others reach. What has no value here is set by the environment or .env, or it does not start."""

    SECRET_KEY: str  # ELLAR_SECRET_KEY
    ALLOWED_HOSTS: Sequence[str]  # ELLAR_ALLOWED_HOSTS, as '["chat.example"]'
    SESSION_COOKIE_SECURE = True

    def __init__(self) -> None:
        # Read here and not in the class body, so that development can import this file without it.
        file = os.environ.get("CHAT_USERS", "")
        if not file:
            raise ImproperlyConfigured(f"{__name__}:ProductionConfig needs the environment variable CHAT_USERS")
        self.USERS = _users(Path(file))


def _users(file: Path) -> dict[str, str]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"CHAT_USERS: {file} should hold names and hashes as JSON: {error}") from error
