import asyncio
import json

import anyio

from library.apps.books.schemas import BookOut

from ..schemas import Change
from ..services import MAX_WAITING, ChangesService, Listener


def change(number: int) -> Change:
    book = BookOut(id=number, isbn="9780441172719", title="Dune", author="Frank Herbert", year=1965, available=True)
    return Change(event="changed", book=book)


def received(listener: Listener) -> list[int | None]:
    """The books of which a listener has heard, who has it then; None for what is no change."""
    books = []
    while True:
        try:
            books.append(json.loads(listener.waiting.receive_nowait()).get("book", {}).get("id"))
        except (anyio.WouldBlock, anyio.EndOfStream):
            return books


def test_listener_that_is_too_slow_misses_the_end_and_holds_up_nobody() -> None:
    changes = ChangesService()
    slow, quick = changes.join(), changes.join()
    assert received(quick) == [None]

    for number in range(1, MAX_WAITING + 1):
        asyncio.run(changes.tell(change(number)))
        assert received(quick) == [number]
    assert received(slow) == [None, *range(1, MAX_WAITING)]

    asyncio.run(changes.tell(change(7)))
    assert (received(slow), received(quick)) == ([], [7])
    changes.leave(slow)
    changes.leave(quick)
