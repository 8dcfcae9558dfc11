"""The root of the application: `ellar create-module` registers every module here."""

from ellar.common import Module
from ellar.core import ModuleBase

from chat.apps.accounts.module import AccountsModule
from chat.apps.rooms.module import RoomsModule


@Module(modules=[AccountsModule, RoomsModule])
class ApplicationModule(ModuleBase): ...
