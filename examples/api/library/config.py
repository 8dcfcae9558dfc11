from collections.abc import Mapping, Sequence

from ellar.core import Config


class BaseConfig(Config):
    """What every environment shares."""

    REDIRECT_SLASHES = True
    API_TITLE = "Library"

    DATABASE_URL: str = "sqlite+aiosqlite:///library.db"
    """Where the books are, in SQLAlchemy's words."""
    LIBRARIANS: Mapping[str, str] = {}
    """Who may change something: names, and the SHA-256 of their tokens."""


class DevelopmentConfig(BaseConfig):
    """For your own machine only: its token is in the repository."""

    DEBUG = True
    LIBRARIANS: Mapping[str, str] = {  # token: of-development
        "ada": "1dce038987643d3fc149ca13e6fefe1e462a0d850297b3a6273e57b43dd3b8b3",
    }


class ProductionConfig(BaseConfig):
    """For servers that others reach. What has no value here is set by the environment or .env, or it does not start."""

    ALLOWED_HOSTS: Sequence[str]  # ELLAR_ALLOWED_HOSTS, as '["library.example"]'
    DATABASE_URL: str
    LIBRARIANS: Mapping[str, str]  # as '{"ada": "<sha256>"}'
