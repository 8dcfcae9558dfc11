from ellar.common import Module
from ellar.core import ModuleBase

from chat.apps.accounts.module import AccountsModule
from chat.apps.design.module import DesignModule

from .controllers import RoomsController, home
from .services import RoomsService


@Module(
    name="rooms",
    controllers=[RoomsController],
    routers=[home],
    providers=[RoomsService],
    modules=[AccountsModule, DesignModule],
    static_folder="static",
)
class RoomsModule(ModuleBase):
    """Rooms: their page, their websocket, and who is in them."""
