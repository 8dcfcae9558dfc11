from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from library.config import BaseConfig


async def engine(config: BaseConfig) -> AsyncIterator[AsyncEngine]:
    """One for the application."""
    engine = create_async_engine(config.DATABASE_URL)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _check_foreign_keys)
    yield engine
    await engine.dispose()


def _check_foreign_keys(connection: Any, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """One for a request. It is committed before the answer leaves, unless the handler has raised something."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
        await session.commit()
