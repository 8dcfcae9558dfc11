"""`ellar --version`."""

import platform

from ellar_cli.distribution.requirement import DISTRIBUTION, installed_version
from ellar_cli.output import say


def version() -> None:
    """Print the versions that a report of a fault needs."""
    say(f"{DISTRIBUTION} {installed_version(DISTRIBUTION) or 'not installed'}")
    say(f"Python {platform.python_version()}")
    for name in ("starlette", "pydantic", "uvicorn"):
        say(f"{name} {installed_version(name) or 'not installed'}")
