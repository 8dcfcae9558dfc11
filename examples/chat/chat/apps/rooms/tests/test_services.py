import json
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from ..services import HISTORY, MAX_WAITING, Member, Room

Join = Callable[[str], Member]


@pytest.fixture
def join() -> Iterator[Join]:
    """Makes members of one room, who leave it when the test ends."""
    room, members = Room(), list[Member]()

    def join(name: str) -> Member:
        members.append(room.join(name))
        return members[-1]

    yield join
    for member in members:
        member.leave()


def received(member: Member) -> list[dict[str, Any]]:
    """What waits for a member, who has it then."""
    events = []
    while True:
        try:
            events.append(json.loads(member.waiting.receive_nowait()))
        except (anyio.WouldBlock, anyio.EndOfStream):
            return events


def test_a_member_is_welcomed_and_the_others_learn_of_it(join: Join) -> None:
    ada = join("ada")
    grace = join("grace")
    assert received(ada) == [
        {"event": "welcome", "present": ["ada"], "history": []},
        {"event": "joined", "name": "grace"},
    ]
    assert received(grace) == [{"event": "welcome", "present": ["ada", "grace"], "history": []}]
    grace.leave()
    assert received(ada) == [{"event": "left", "name": "grace"}]


def test_a_person_with_two_pages_joins_and_leaves_once(join: Join) -> None:
    ada = join("ada")
    pages = [join("grace"), join("grace")]
    assert [welcome["present"] for page in pages for welcome in received(page)] == [["ada", "grace"]] * 2
    for page in pages:
        page.leave()
    assert [event["event"] for event in received(ada)] == ["welcome", "joined", "left"]


def test_what_is_said_goes_to_all_and_who_types_to_the_others(join: Join) -> None:
    ada, grace = join("ada"), join("grace")
    grace.type()
    grace.say("hello")
    assert [event["event"] for event in received(ada)] == ["welcome", "joined", "typing", "said"]
    assert [event["event"] for event in received(grace)] == ["welcome", "said"]


def test_history_is_what_was_said_last(join: Join) -> None:
    ada = join("ada")
    for number in range(HISTORY + 1):
        ada.say(str(number))
    [welcome] = received(join("grace"))
    assert [said["text"] for said in welcome["history"]] == [str(number) for number in range(1, HISTORY + 1)]


def test_a_member_that_takes_nothing_holds_up_nobody_and_is_cut_off_without_a_gap(join: Join) -> None:
    slow, ada = join("slow"), join("ada")
    heard: list[str] = []
    for number in range(2 * MAX_WAITING):
        ada.say(str(number))
        heard += [event["text"] for event in received(ada) if event["event"] == "said"]
    assert heard == [str(number) for number in range(2 * MAX_WAITING)]

    waiting = received(slow)
    assert [event["text"] for event in waiting[2:]] == heard[: MAX_WAITING - 2]  # after "welcome" and "joined"
    ada.say("too late")
    assert received(slow) == []
