from ellar.common import Module
from ellar.core import ModuleBase


@Module(name="design", static_folder="static")
class DesignModule(ModuleBase):
    """Design: what the pages of all modules look like."""
