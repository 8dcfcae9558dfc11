from ellar.common import Module
from ellar.core import ModuleBase

from chat.apps.design.module import DesignModule

from .controllers import AccountsController
from .services import AccountsService


@Module(
    name="accounts",
    controllers=[AccountsController],
    providers=[AccountsService],
    modules=[DesignModule],
    exports=[AccountsService],
    static_folder="static",
)
class AccountsModule(ModuleBase):
    """Accounts: login and logout, and the guards that other modules put before their routes."""
