from ellar.common import Module
from ellar.core import ModuleBase

from .controllers import ChangesController
from .services import ChangesService


@Module(
    controllers=[ChangesController],
    providers=[ChangesService],
    exports=[ChangesService],
)
class ChangesModule(ModuleBase):
    """Changes: the websocket that tells of them."""
