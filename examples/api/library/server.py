import os

from ellar.app import App, AppFactory

from library.root_module import ApplicationModule

DEFAULT_CONFIG = "library.config:DevelopmentConfig"


def bootstrap() -> App:
    """Build the application that `ellar runserver`, uvicorn and the tests start."""
    return AppFactory.create_from_app_module(
        ApplicationModule,
        config_module=os.environ.get("ELLAR_CONFIG_MODULE", DEFAULT_CONFIG),
    )
