from ellar.common import Module
from ellar.core import ModuleBase
from ellar.di import ProviderConfig, request_scope
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from .services import engine, session
from .tables import Base


@Module(
    providers=[
        ProviderConfig(AsyncEngine, use_factory=engine),
        ProviderConfig(AsyncSession, use_factory=session, scope=request_scope),
    ],
    exports=[AsyncSession],
)
class DatabaseModule(ModuleBase):
    """Database: the engine, a session for each request, and the tables."""

    async def on_startup(self, engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
