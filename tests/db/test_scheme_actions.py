"""From asking to having walked, by the actions; and what the database refuses whoever asks."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from geoapp import db
from geoapp.access import Person, Role
from geoapp.actions import scheme_erasing, scheme_matching, scheme_messages, scheme_requests, scheme_walks
from geoapp.actions.scheme_requests import reach_of_new, reach_of_token
from geoapp.config import Settings
from geoapp.db import Reach, scheme_reading, scheme_writing
from geoapp.errors import Conflict, Gone, NotFound, Refused, TooManyRequests
from geoapp.queries import scheme_request
from tests.scheme_world import DANA, INCOMPLETE, START, WALK, new_id, person

pytestmark = pytest.mark.usefixtures("squares", "personas")


@pytest.fixture
def coordinator(personas: Any) -> Person:  # noqa: ARG001 (they have to be there)
    return person("coordinator@lamplight.example")


@pytest.fixture(autouse=True)
def clean(superuser: Any) -> Iterator[None]:
    yield
    superuser("DELETE FROM participant.request")
    superuser("DELETE FROM participant.asking")
    superuser("DELETE FROM participant.feedback")
    superuser("DELETE FROM joinable_walk")


@pytest.fixture
def superuser(opened: Settings) -> Any:  # noqa: ARG001 (the database has to be open)
    def run(statement: str, **values: object) -> Any:
        with db.current().app.connect() as connection, connection.begin():
            connection.execute(text("RESET ROLE"))
            done = connection.execute(text(statement), values)
            return done.fetchall() if done.returns_rows else None

    return run


def publish(by: Person, form: scheme_walks.WalkForm = WALK) -> uuid.UUID:
    walk_id = new_id()
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_walks.publish(session, walk_id, form, by=by)
    return walk_id


def ask(settings: Settings, walk_id: uuid.UUID | None = None, **said: Any) -> scheme_requests.Asked:
    request_id = said.pop("request_id", None) or new_id()
    where = {} if walk_id else {"ward_code": "E05000001"}
    new = replace(DANA, walk_id=walk_id, **(where | said))
    with scheme_writing(reach_of_new(request_id)) as session:
        return scheme_requests.ask(session, request_id, new, address=None, settings=settings)


def as_team(by: Person, action: Any, *arguments: Any) -> Any:
    with scheme_writing(Reach.team(by.team_id)) as session:
        return action(session, *arguments, by=by)


def as_her(token: str, action: Any, *arguments: Any, **more: Any) -> Any:
    with scheme_writing(reach_of_token(token)) as session:
        return action(session, token, *arguments, **more)


def seen(settings: Settings, token: str) -> scheme_request.SeenRequest:
    with scheme_reading(reach_of_token(token)) as session:
        return scheme_request.see(session, token, settings.rules)


def kinds(superuser: Any, request_id: uuid.UUID) -> list[tuple[str, str]]:
    asked = "SELECT kind, way FROM participant.message WHERE request_id = :id ORDER BY queued_at, kind, way"
    return [tuple(row) for row in superuser(asked, id=request_id)]


def test_asking_for_a_walk_and_having_it_confirmed(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator)
    asked = ask(opened, walk_id)
    assert (asked.state, asked.waiting, len(asked.token)) == ("asked", False, 43)
    before = seen(opened, asked.token)
    assert before.first_name == DANA.first_name
    assert before.phone == "+447700900123"
    assert before.walk is not None
    assert before.walk.meeting is None  # never before it is confirmed
    as_team(coordinator, scheme_matching.confirm, asked.id)
    as_team(coordinator, scheme_matching.confirm, asked.id)
    after = seen(opened, asked.token)
    assert after.state == "confirmed"
    assert after.walk is not None
    assert after.walk.meeting is not None
    assert (after.walk.meeting.words, after.walk.meeting.word) == (WALK.meeting_words, "heron")
    assert (after.walk.meeting.lon, after.walk.meeting.lat) == WALK.meeting_point
    expected = [("received", "email"), ("confirmed", "email"), ("confirmed", "text")]
    assert kinds(superuser, asked.id) == expected
    jobs = superuser("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'send message'")
    assert len(jobs) >= 3
    assert "Dana" not in str(jobs)


def test_an_offer_is_agreed_and_then_confirmed(opened: Settings, coordinator: Person, superuser: Any) -> None:
    walk_id = publish(coordinator, replace(WALK, kind="one_to_one", places=1, listed=False))
    asked = ask(opened, kind="one_to_one", preferred=("weekday_evening",))
    with pytest.raises(Conflict):
        as_team(coordinator, scheme_matching.confirm, asked.id)
    as_team(coordinator, scheme_matching.offer, asked.id, walk_id)
    with pytest.raises(Conflict):
        as_team(coordinator, scheme_matching.confirm, asked.id)
    as_her(asked.token, scheme_requests.decline)
    as_team(coordinator, scheme_matching.offer, asked.id, walk_id)
    as_her(asked.token, scheme_requests.agree)
    as_her(asked.token, scheme_requests.agree)
    assert seen(opened, asked.token).state == "agreed"
    as_team(coordinator, scheme_matching.confirm, asked.id)
    steps = superuser(
        "SELECT state, by FROM participant.request_event WHERE request_id = :id ORDER BY id", id=asked.id
    )
    assert [tuple(step) for step in steps] == [
        ("asked", "participant"),
        ("offered", "coordinator"),
        ("asked", "participant"),
        ("offered", "coordinator"),
        ("agreed", "participant"),
        ("confirmed", "coordinator"),
    ]
    assert [kind for kind, way in kinds(superuser, asked.id) if way == "email"].count("offered") == 2


def test_the_same_form_twice_is_one_request(opened: Settings, coordinator: Person, superuser: Any) -> None:
    walk_id = publish(coordinator)
    request_id = new_id()
    first = ask(opened, walk_id, request_id=request_id)
    assert ask(opened, walk_id, request_id=request_id) == first
    assert superuser("SELECT count(*) FROM participant.request") == [(1,)]
    assert kinds(superuser, request_id) == [("received", "email")]


@pytest.mark.parametrize("lacking", sorted(INCOMPLETE))
def test_an_incomplete_walk_is_confirmed_by_nobody(
    opened: Settings, coordinator: Person, superuser: Any, lacking: str
) -> None:
    walk_id = publish(coordinator, INCOMPLETE[lacking])
    asked = ask(opened, walk_id)
    with pytest.raises(Refused) as refused:
        as_team(coordinator, scheme_matching.confirm, asked.id)
    assert [each.field for each in refused.value.errors] == [lacking]
    with pytest.raises(IntegrityError, match="ck_joinable_walk_complete"):
        superuser(
            "UPDATE participant.request SET state = 'confirmed', walk_id = asked_walk_id WHERE id = :id",
            id=asked.id,
        )
    with pytest.raises(IntegrityError, match=r"begins as asked"):
        superuser(
            "INSERT INTO participant.request (id, reference, walk_id, asked_walk_id, kind, state, adult,"
            " first_name, email, token_hash) VALUES (gen_random_uuid(), 'R-00000000', :w, :w, 'group',"
            " 'confirmed', true, 'x', 'x', sha256('x'))",
            w=walk_id,
        )
    assert [kind for kind, _ in kinds(superuser, asked.id)] == ["received"]


@pytest.mark.parametrize("lacking", sorted(INCOMPLETE))
def test_a_confirmed_walk_cannot_become_incomplete(
    opened: Settings, coordinator: Person, superuser: Any, lacking: str
) -> None:
    walk_id = publish(coordinator)
    as_team(coordinator, scheme_matching.confirm, ask(opened, walk_id).id)
    with pytest.raises(Refused):
        as_team(coordinator, scheme_walks.change, walk_id, INCOMPLETE[lacking])
    with pytest.raises(IntegrityError, match="ck_joinable_walk_complete"):
        superuser(f"UPDATE joinable_walk SET {lacking} = NULL")  # noqa: S608 (constants of this file)
    with pytest.raises(IntegrityError, match="starts_at"):
        superuser("UPDATE joinable_walk SET starts_at = NULL")


STEPS = {
    "asked": {"offered", "confirmed", "cancelled"},
    "offered": {"agreed", "asked", "cancelled"},
    "agreed": {"confirmed", "asked", "cancelled"},
    "confirmed": {"changed", "asked", "cancelled", "done"},
    "changed": {"confirmed", "asked", "cancelled", "done"},
    "cancelled": set(),
    "done": set(),
}
WAYS = {
    "asked": [],
    "offered": ["offered"],
    "agreed": ["offered", "agreed"],
    "confirmed": ["confirmed"],
    "changed": ["confirmed", "changed"],
    "cancelled": ["cancelled"],
    "done": ["confirmed", "done"],
}
_SET = """UPDATE participant.request SET state = :s,
    walk_id = CASE WHEN :s = 'asked' THEN NULL ELSE coalesce(walk_id, asked_walk_id) END,
    no_show = CASE WHEN :s = 'done' THEN false END WHERE id = :id"""


@pytest.mark.parametrize("before", sorted(STEPS))
def test_every_step_that_is_not_in_the_table_is_refused_by_the_database(
    opened: Settings, coordinator: Person, superuser: Any, before: str
) -> None:
    allowed = set()
    for after in STEPS:
        if after == before:
            continue
        asked = ask(opened, publish(coordinator), email=f"{after}@post.example", phone=None)
        for step in WAYS[before]:
            superuser(_SET, s=step, id=asked.id)
        try:
            superuser(_SET, s=after, id=asked.id)
            allowed.add(after)
        except IntegrityError as error:
            assert "cannot become" in str(error)  # noqa: PT017 (which steps are refused is what is asked)
    assert allowed == STEPS[before]


def test_places_are_counted_by_the_database_and_never_oversold(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator)
    first, second = (ask(opened, walk_id, email=f"{each}@post.example", phone=None) for each in "ab")
    third = ask(opened, walk_id, email="c@post.example", phone=None)
    for each in (first, second):
        as_team(coordinator, scheme_matching.confirm, each.id)
    assert superuser("SELECT state, places_taken, places_confirmed FROM joinable_walk") == [("full", 2, 2)]
    with pytest.raises(Refused, match="full"):
        as_team(coordinator, scheme_matching.confirm, third.id)
    with pytest.raises(IntegrityError, match="ck_joinable_walk_places_taken"):
        superuser(
            "UPDATE participant.request SET state = 'confirmed', walk_id = asked_walk_id"
            " WHERE state = 'asked'"
        )
    waiting = ask(opened, walk_id, email="d@post.example", phone=None)
    assert waiting.waiting
    assert [kind for kind, _ in kinds(superuser, waiting.id)] == ["waiting"]
    assert as_team(coordinator, scheme_matching.promote, walk_id) is None
    as_her(first.token, scheme_requests.cancel)
    assert superuser("SELECT state, places_taken FROM joinable_walk") == [("open", 1)]
    assert as_team(coordinator, scheme_matching.promote, walk_id) == waiting.id
    assert seen(opened, waiting.token).state == "offered"
    as_her(second.token, scheme_erasing.erase, mail=opened.var / "mail")
    assert superuser("SELECT places_taken, places_confirmed FROM joinable_walk") == [(1, 0)]


def test_a_changed_walk_is_told_to_who_was_confirmed_and_offered_again_to_who_had_agreed(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator)
    sure = ask(opened, walk_id, email="a@post.example", phone=None)
    as_team(coordinator, scheme_matching.confirm, sure.id)
    nearly = ask(opened, email="b@post.example", phone=None)
    as_team(coordinator, scheme_matching.offer, nearly.id, walk_id)
    as_her(nearly.token, scheme_requests.agree)
    assert as_team(coordinator, scheme_walks.change, walk_id, WALK) == 0
    assert as_team(coordinator, scheme_walks.change, walk_id, replace(WALK, details="Other")) == 0
    later = replace(WALK, starts_at=START + timedelta(hours=1), ends_at=START + timedelta(hours=2))
    assert as_team(coordinator, scheme_walks.change, walk_id, later) == 2
    assert (seen(opened, sure.token).state, seen(opened, nearly.token).state) == ("changed", "offered")
    assert seen(opened, sure.token).calendar_sequence == 2
    assert [kind for kind, _ in kinds(superuser, sure.id)] == ["received", "confirmed", "changed"]
    as_her(sure.token, scheme_requests.agree)
    assert seen(opened, sure.token).state == "confirmed"


def test_a_walk_called_off_tells_everybody_and_keeps_who_waited(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator, replace(WALK, places=1))
    sure, waits = (ask(opened, walk_id, email=f"{each}@post.example", phone=None) for each in "ab")
    as_team(coordinator, scheme_matching.confirm, sure.id)
    assert as_team(coordinator, scheme_walks.cancel, walk_id) == 1
    assert as_team(coordinator, scheme_walks.cancel, walk_id) == 0
    assert (seen(opened, sure.token).state, seen(opened, waits.token).state) == ("cancelled", "asked")
    assert superuser("SELECT state FROM joinable_walk") == [("cancelled",)]
    with pytest.raises((Conflict, NotFound)):
        as_team(coordinator, scheme_matching.confirm, waits.id)
    assert [kind for kind, _ in kinds(superuser, sure.id)] == ["received", "confirmed", "cancelled"]
    assert [kind for kind, _ in kinds(superuser, waits.id)] == ["received", "cancelled"]


def test_after_the_walk_who_came_is_asked_how_it_was_and_nobody_can_tell_who_answered(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator)
    came, stayed = (ask(opened, walk_id, email=f"{each}@post.example", phone=None) for each in "ab")
    for each in (came, stayed):
        as_team(coordinator, scheme_matching.confirm, each.id)
    with pytest.raises(Conflict):
        as_team(coordinator, scheme_walks.finish, walk_id, frozenset())
    superuser("UPDATE joinable_walk SET starts_at = now() - interval '2 h', ends_at = now() - interval '1 h'")
    assert as_team(coordinator, scheme_walks.finish, walk_id, frozenset({stayed.id})) == 1
    assert as_team(coordinator, scheme_walks.finish, walk_id, frozenset()) == 0
    assert (seen(opened, came.token).no_show, seen(opened, stayed.token).no_show) == (False, True)
    good = scheme_requests.Answers(5, 4, walk_again=True)
    for _ in range(2):
        as_her(came.token, scheme_requests.give_feedback, good)
    with pytest.raises(Conflict):
        as_her(stayed.token, scheme_requests.give_feedback, good)
    assert superuser("SELECT felt_heard, felt_safer, walk_again FROM participant.feedback") == [(5, 4, True)]
    columns = superuser(
        "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'feedback' ORDER BY 1"
    )
    assert {name for (name,) in columns} == {
        "id",
        "team_id",
        "month",
        "felt_heard",
        "felt_safer",
        "walk_again",
    }


def test_erasing_leaves_a_receipt_and_nothing_else(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator)
    request_id = new_id()
    asked = ask(opened, walk_id, request_id=request_id)
    as_team(coordinator, scheme_matching.confirm, asked.id)
    receipt = as_her(asked.token, scheme_erasing.erase, mail=opened.var / "mail")
    assert (receipt.cause, receipt.messages, receipt.events) == ("asked", 3, 2)
    assert as_her(asked.token, scheme_erasing.erase, mail=opened.var / "mail") == receipt
    for table in ("request", "message", "request_event"):
        assert superuser(f"SELECT count(*) FROM participant.{table}") == [(0,)]  # noqa: S608 (constants)
    with pytest.raises(NotFound):
        seen(opened, asked.token)
    with pytest.raises(Gone):
        ask(opened, walk_id, request_id=request_id)
    assert superuser("SELECT places_taken, places_confirmed FROM joinable_walk") == [(0, 0)]


def test_the_clock_runs_from_the_end_of_the_walk(
    opened: Settings, coordinator: Person, superuser: Any, tmp_path: Path
) -> None:
    walk_id = publish(coordinator)
    confirmed = ask(opened, walk_id)
    as_team(coordinator, scheme_matching.confirm, confirmed.id)
    unmatched = ask(opened, email="b@post.example", phone=None)
    assert WALK.ends_at is not None
    now = datetime.now(UTC)
    for days, expected in (
        (27.9, set()),
        (28.1, {confirmed.reference}),
    ):
        at = WALK.ends_at + timedelta(days=days)
        with scheme_reading(Reach.everyone()) as session:
            found = {each.reference for each in scheme_erasing.due(session, opened.rules, now=at)}
        assert found == expected
    with scheme_reading(Reach.everyone()) as session:
        due = scheme_erasing.due(session, opened.rules, now=now + timedelta(days=90.1))
    assert {each.reference for each in due} == {confirmed.reference, unmatched.reference}
    assert seen(opened, confirmed.token).erase_on == (WALK.ends_at + timedelta(days=28)).date()
    with scheme_writing(Reach.everyone()) as session:
        for each in due:
            assert scheme_erasing.erase_due(session, each, mail=tmp_path) is not None
    assert superuser("SELECT count(*) FROM participant.request") == [(0,)]


def test_too_many_requests_are_refused_alike_whoever_is_behind_them(opened: Settings) -> None:
    for _ in range(opened.limits.asks_contact):
        ask(opened, phone=None)
    with pytest.raises(TooManyRequests):
        ask(opened, phone=None)
    with pytest.raises(TooManyRequests):
        ask(opened, email="DANA.QUIST@post.example ", phone=None)
    ask(opened, email="other@post.example", phone=None)


def test_the_service_sees_no_participant_outside_her_door(opened: Settings, coordinator: Person) -> None:
    asked = ask(opened, publish(coordinator))
    other = ask(opened, email="b@post.example", phone=None)
    for table in ("request", "message", "request_event", "feedback", "erasure", "asking"):
        with pytest.raises(DBAPIError, match="permission denied"), db.writing() as session:
            session.execute(text(f"SELECT * FROM participant.{table}"))  # noqa: S608 (constants of this file)
        with pytest.raises(DBAPIError, match="permission denied"), db.feed_reading([]) as connection:
            connection.execute(text(f"SELECT * FROM participant.{table}"))  # noqa: S608 (constants of this file)
    count = text("SELECT count(*) FROM participant.request")
    with scheme_reading(reach_of_token(asked.token)) as session:
        assert session.scalar(count) == 1
        with pytest.raises(NotFound):
            scheme_request.by_id(session, other.id, opened.rules)
    with scheme_reading(reach_of_token("x" * 43)) as session:
        assert session.scalar(count) == 0
    with scheme_reading(Reach.team(coordinator.team_id + 1)) as session:
        assert session.scalar(count) == 0
    with scheme_reading(Reach("", "clock")) as session:
        assert session.scalar(count) == 0
    with db.reading() as connection:  # and nothing of the door stays open behind her
        assert connection.scalar(text("SELECT current_user")) == "app"


def test_another_team_reaches_neither_walk_nor_request(opened: Settings, coordinator: Person) -> None:
    walk_id = publish(coordinator)
    asked = ask(opened, walk_id)
    stranger = person("peckham_officer@lamplight.example", Role.COORDINATOR)
    for action, arguments in (
        (scheme_matching.confirm, (asked.id,)),
        (scheme_matching.cancel, (asked.id,)),
        (scheme_matching.promote, (walk_id,)),
        (scheme_walks.change, (walk_id, WALK)),
        (scheme_walks.cancel, (walk_id,)),
        (scheme_walks.finish, (walk_id, frozenset())),
    ):
        with pytest.raises(NotFound):
            as_team(stranger, action, *arguments)


def test_what_she_says_is_sealed_in_the_database(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    ask(opened, publish(coordinator))
    rows = str(
        [
            bytes(value)
            for row in superuser(
                "SELECT first_name, email, phone, access_needs, ease FROM participant.request"
            )
            for value in row
        ]
    )
    for word in ("Dana", "Quist", "post.example", "7700", "Wobbleton", "back"):
        assert word not in rows


def test_a_message_is_claimed_once(opened: Settings, coordinator: Person, superuser: Any) -> None:
    asked = ask(opened, publish(coordinator))
    ((message_id,),) = superuser("SELECT id FROM participant.message WHERE request_id = :id", id=asked.id)
    with scheme_writing(Reach.everyone()) as session:
        assert scheme_messages.claim(session, message_id) is not None
    with scheme_writing(Reach.everyone()) as session:
        assert scheme_messages.claim(session, message_id) is None
    assert superuser("SELECT state, failure FROM participant.message") == [
        ("failed", "Sending was interrupted. It may have arrived.")
    ]
    as_team(coordinator, scheme_messages.send_again, message_id)
    with scheme_writing(Reach.everyone()) as session:
        assert scheme_messages.claim(session, message_id) is not None
        assert scheme_messages.ended(session, message_id, "sent")
    with pytest.raises(Conflict):
        as_team(coordinator, scheme_messages.send_again, message_id)


def test_two_coordinators_at_once_give_the_last_place_once(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator, replace(WALK, places=1))
    both = [ask(opened, walk_id, email=f"{each}@post.example", phone=None) for each in "ab"]
    refused: list[BaseException] = []

    def confirm(request_id: uuid.UUID) -> None:
        try:
            as_team(coordinator, scheme_matching.confirm, request_id)
        except Refused as error:
            refused.append(error)

    threads = [threading.Thread(target=confirm, args=[each.id]) for each in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(refused) == 1
    assert superuser("SELECT places_taken, places_confirmed FROM joinable_walk") == [(1, 1)]


def test_the_same_form_twice_at_once_is_one_request(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id, request_id = publish(coordinator), new_id()
    made: list[scheme_requests.Asked] = []

    def send() -> None:
        made.append(ask(opened, walk_id, request_id=request_id))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(made) == 3
    assert len({each.token for each in made}) == 1
    assert superuser("SELECT count(*) FROM participant.request") == [(1,)]
    assert kinds(superuser, request_id) == [("received", "email")]


def test_a_request_without_a_team_is_seen_by_all_until_one_takes_it(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    asked = ask(opened, ward_code="E05000004")
    assert superuser("SELECT team_id FROM participant.request") == [(None,)]
    other = person("peckham_officer@lamplight.example", Role.COORDINATOR)
    count = text("SELECT count(*) FROM participant.request")
    for by in (coordinator, other):
        with scheme_reading(Reach.team(by.team_id)) as session:
            assert session.scalar(count) == 1
    as_team(coordinator, scheme_matching.offer, asked.id, publish(coordinator))
    with scheme_reading(Reach.team(other.team_id)) as session:
        assert session.scalar(count) == 0
    near = ask(opened, email="b@post.example", phone=None)  # a ward in which the team has published a walk
    with scheme_reading(Reach.team(coordinator.team_id)) as session:
        assert scheme_request.by_id(session, near.id, opened.rules).state == "asked"
    assert superuser("SELECT count(*) FROM participant.request WHERE team_id IS NULL") == [(0,)]


def test_she_can_ask_for_another_time_and_gives_her_place_back(
    opened: Settings, coordinator: Person, superuser: Any
) -> None:
    walk_id = publish(coordinator)
    asked = ask(opened, walk_id, phone=None)
    as_team(coordinator, scheme_matching.confirm, asked.id)
    wish = scheme_requests.Wish(("weekend_morning",), "Not before nine")
    as_her(asked.token, scheme_requests.change, wish)
    after = seen(opened, asked.token)
    assert (after.state, after.preferred, after.times_note, after.walk) == (
        "asked",
        ("weekend_morning",),
        "Not before nine",
        None,
    )
    assert superuser("SELECT places_taken FROM joinable_walk") == [(0,)]
    assert [kind for kind, _ in kinds(superuser, asked.id)] == ["received", "confirmed", "cancelled"]
