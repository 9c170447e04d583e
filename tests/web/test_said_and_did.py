"""You said, we did: what the public reads of a ward, and the desk at which it is written and read over."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from geoapp import db
from geoapp.access import Person
from geoapp.actions import answering, said_and_did
from geoapp.config import Rules
from geoapp.errors import Conflict, NotFound, Refused
from geoapp.queries.said_and_did import Raised
from geoapp.scheme.changed.period import Told, last_half_year, told
from tests.joining_world import send
from tests.scheme_world import person

pytestmark = pytest.mark.usefixtures("squares", "personas")
NOTE = "note-that-nobody-outside-reads"
COUNCIL = "Lamp 14 on Acre Lane is out."


@pytest.fixture
def coordinator(personas: Any) -> Person:  # noqa: ARG001 (they have to be there)
    return person("coordinator@lamplight.example")


def run(statement: str, **values: object) -> Any:
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


@pytest.fixture(autouse=True)
def clean(opened: Any) -> Any:  # noqa: ARG001 (the database has to be open)
    yield
    run("DELETE FROM concern")
    run("DELETE FROM walk")


def raise_concern(
    factor: str = "lighting", walk: uuid.UUID | None = None, status: str = "shared"
) -> uuid.UUID:
    """A concern in the middle of Ward A in the last half-year that is over; its identifier."""
    number = uuid.uuid4()
    day = last_half_year(date.today())[0] + timedelta(days=40)  # noqa: DTZ011 (the day here)
    at = datetime.combine(day, datetime.min.time(), UTC)
    team = run("SELECT id FROM team ORDER BY id LIMIT 1")[0][0]
    if walk is not None:
        run(
            "INSERT INTO walk (id, team_id, started_at, ended_at) VALUES (:w, :t, :at, :at)"
            " ON CONFLICT DO NOTHING",
            w=walk,
            t=team,
            at=at,
        )
    run(
        """INSERT INTO concern (id, team_id, walk_id, kind, geom, geom_bng, note, recorded_at, light, status,
                                wording, body, body_hash)
        SELECT :id, :t, :w, 'concern', ST_PointOnSurface(geom), ST_PointOnSurface(geom_bng), :note, :at,
               'dark',
               :s,
               :council, '{}', ''
        FROM area WHERE code = 'E05000001'""",
        id=number,
        t=team,
        w=walk,
        note=NOTE,
        at=at,
        s=status,
        council=COUNCIL,
    )
    run("INSERT INTO concern_factor VALUES (:id, :f)", id=number, f=factor)
    return number


def answer(by: Person, number: uuid.UUID, status: str = "done", words: str = "put in 14 lamps.") -> int:
    new = said_and_did.NewAnswer(date(2026, 9, 12), "the path by the park is too dark.", words)
    with db.writing() as session:
        said_and_did.step(session, number, said_and_did.NewStep("in_hand"), by=by)
        reason = "Private land" if status == "no_action" else None
        said_and_did.step(session, number, said_and_did.NewStep(status, reason=reason), by=by)
        return said_and_did.write(session, number, new, by=by)


def ward_page(client: FlaskClient, code: str = "E05000001") -> str:
    shown = client.get(f"/said-and-did/{code}", headers={"Accept": "text/html"})
    assert shown.status_code == 200
    return shown.get_data(as_text=True)


def test_only_words_that_were_read_over_are_public(client: FlaskClient, coordinator: Person) -> None:
    number = answer(coordinator, raise_concern())
    assert "14 lamps" not in ward_page(client)
    assert "14 lamps" not in client.get("/said-and-did").get_data(as_text=True)
    with db.writing() as session:
        said_and_did.review(session, number, by=coordinator)
        said_and_did.review(session, number, by=coordinator)
    for page in (ward_page(client), client.get("/said-and-did").get_data(as_text=True)):
        assert "put in 14 lamps." in page
        assert "12 September 2026" in page
        assert COUNCIL not in page  # it names a street
        assert NOTE not in page
    with db.writing() as session:
        said_and_did.withdraw(session, number, by=coordinator)
    assert "14 lamps" not in ward_page(client)
    with pytest.raises(Conflict), db.writing() as session:
        said_and_did.review(session, number, by=coordinator)


def test_an_answer_without_action_says_so_with_its_reason(client: FlaskClient, coordinator: Person) -> None:
    number = answer(coordinator, raise_concern(), "no_action", "it is the only step-free way to the station.")
    with db.writing() as session:
        said_and_did.review(session, number, by=coordinator)
    page = ward_page(client)
    assert re.search(r"Our answer:</span> <span dir=\"auto\">it is the only step-free way", page)


def test_what_is_taken_back_from_sharing_leaves_the_public_too(
    client: FlaskClient, coordinator: Person
) -> None:
    concern = raise_concern()
    number = answer(coordinator, concern)
    with db.writing() as session:
        said_and_did.review(session, number, by=coordinator)
    run("UPDATE concern SET status = 'raised' WHERE id = :id", id=concern)
    assert "14 lamps" not in ward_page(client)


def test_seven_concerns_bear_no_number_and_eight_of_three_walks_do(client: FlaskClient) -> None:
    walks = [uuid.uuid4() for _ in range(3)]
    for place in range(7):
        raise_concern(walk=walks[place % 3])
    few = ward_page(client)
    assert "Raised, but by too few to give a number." in few
    assert "<li>Lighting</li>" in few
    raise_concern(walk=walks[0])
    assert "Raised at least 8 times." in ward_page(client)
    for _ in range(3):
        raise_concern(walk=walks[0])
    assert "Raised at least 8 times." in ward_page(client)  # eleven are told as eight


def test_one_talkative_walk_is_neither_counted_nor_named(client: FlaskClient) -> None:
    walk = uuid.uuid4()
    for _ in range(20):
        raise_concern("threatened", walk)
    page = ward_page(client)
    assert "Threats" not in page
    assert "at least" not in page.split("A number stands only")[0].split("What was raised")[1]
    assert "Too little was raised" in page


def test_a_ward_page_names_no_walk_no_day_of_one_and_no_place(client: FlaskClient) -> None:
    walks = [uuid.uuid4() for _ in range(3)]
    for place in range(9):
        raise_concern(walk=walks[place % 3])
    page = ward_page(client)
    day = last_half_year(date.today())[0] + timedelta(days=40)  # noqa: DTZ011 (the day here)
    assert f"{day.day} {day:%B %Y}" not in page
    assert day.isoformat() not in page
    assert not re.search(r"\d\.\d{4}", page)
    for walk in walks:
        assert str(walk) not in page


def test_told_by_hand() -> None:
    rules = Rules()
    groups = [Raised("environment", "", "", 29, 5), Raised("behaviour", "", "", 9, 2)]
    factors = [
        Raised("environment", "lighting", "Lighting", 20, 4),
        Raised("environment", "signage", "Signs", 9, 2),
        Raised("behaviour", "followed", "Followed", 9, 2),
    ]
    assert told(groups, factors, rules) == [Told("environment", 15, ("lighting",))]
    assert last_half_year(date(2026, 6, 30)) == (date(2025, 7, 1), date(2025, 12, 1))
    assert last_half_year(date(2026, 7, 1)) == (date(2026, 1, 1), date(2026, 6, 1))


@pytest.mark.parametrize(
    "words",
    [
        "we put lamps up on Acre Lane.",
        "ring 07700 900123.",
        "write to ana@force.example.",
        "it is by SW8 2DY.",
        "we came at 9:30pm.",
        "we came at 9pm.",
        "the van AB12 CDE is gone.",
        "see https://council.example.",
    ],
)
def test_words_that_point_at_a_place_or_a_person_are_refused(coordinator: Person, words: str) -> None:
    run("DELETE FROM ground WHERE source = 'test'")
    run(
        "INSERT INTO ground (source, layer, class, name, geom) VALUES ('test', 'street', 'main', 'Acre Lane',"
        " ST_SetSRID(ST_MakeLine(ST_MakePoint(-0.12, 51.46), ST_MakePoint(-0.12, 51.47)), 4326))"
    )
    concern = raise_concern()
    with pytest.raises(Refused) as refusal:
        answer(coordinator, concern, words=words)
    assert refusal.value.errors[0].field == "answer"


def test_steps_follow_each_other_and_nothing_goes_back_to_shared(coordinator: Person) -> None:
    concern = raise_concern()
    for status, fits in (
        ("done", False),
        ("in_hand", True),
        ("shared", False),
        ("done", True),
        ("in_hand", False),
    ):
        with db.writing() as session:
            new = said_and_did.NewStep(status)
            if fits:
                said_and_did.step(session, concern, new, by=coordinator)
            else:
                with pytest.raises(Conflict):
                    said_and_did.step(session, concern, new, by=coordinator)
    steps = run(
        "SELECT status, actor_id IS NOT NULL FROM status_event WHERE concern_id = :id ORDER BY id", id=concern
    )
    assert steps == [("in_hand", True), ("done", True)]
    for new in (said_and_did.NewStep("no_action"), said_and_did.NewStep("in_hand", reason="why")):
        with pytest.raises(Refused), db.writing() as session:
            said_and_did.step(session, raise_concern(), new, by=coordinator)


def test_the_desk_sees_what_a_council_did_by_its_feed(signed_in: Callable[[str], FlaskClient]) -> None:
    concern = raise_concern()
    outside = uuid.UUID(
        str(run("SELECT outside_id(id, recorded_at) FROM concern WHERE id = :i", i=concern)[0][0])
    )
    with db.writing() as session:
        answering.answer(
            session,
            outside,
            answering.Answer(frozenset({"status"}), status="in_hand"),
            by=answering.Answering("key Lambeth nightly", None),
            boroughs=("E09000022",),
            check=lambda: ("E09000022", True),
        )
    page = signed_in("coordinator").get(f"/coordinate/answers/{concern}").get_data(as_text=True)
    assert "key Lambeth nightly" in page
    council = run("SELECT coalesce((SELECT name FROM borough WHERE code = 'E09000022'), 'E09000022')")[0][0]
    assert f"Looked after by {council}." in page


def test_what_is_not_shared_is_not_there(coordinator: Person) -> None:
    with pytest.raises(NotFound), db.writing() as session:
        said_and_did.set_owner(session, raise_concern(status="raised"), "Parks", by=coordinator)


def test_the_service_cannot_change_words_that_were_written(coordinator: Person) -> None:
    number = answer(coordinator, raise_concern())
    with pytest.raises(ProgrammingError), db.writing() as session:
        session.execute(text("UPDATE public_answer SET answer = 'other' WHERE id = :id"), {"id": number})


def test_the_desk_from_shared_to_public(signed_in: Callable[[str], FlaskClient], client: FlaskClient) -> None:
    concern = raise_concern()
    desk = signed_in("coordinator")
    listed = desk.get("/coordinate/answers/").get_data(as_text=True)
    assert f"/coordinate/answers/{concern}" in listed
    assert "Nobody yet" in listed
    page = f"/coordinate/answers/{concern}"
    assert NOTE not in desk.get(page).get_data(as_text=True)
    assert send(desk, page, f"{page}/owner", owner="Council street lighting").status_code == 303
    assert send(desk, page, f"{page}/step", status="no_action").status_code == 422
    assert send(desk, page, f"{page}/step", status="in_hand").status_code == 303
    assert send(desk, page, f"{page}/step", status="done", wording="Repaired.").status_code == 303
    wrong = send(
        desk,
        page,
        f"{page}/words",
        you_said="it is dark.",
        answer="ring 020 7946 0417",
        happened_on="2026-09-12",
    )
    assert wrong.status_code == 422
    assert 'value="it is dark."' in wrong.get_data(as_text=True)
    kept = send(
        desk, page, f"{page}/words", you_said="it is dark.", answer="put in lamps.", happened_on="2026-09-12"
    )
    assert kept.status_code == 303
    number = run("SELECT id FROM public_answer WHERE withdrawn_at IS NULL")[0][0]
    assert send(desk, page, f"/coordinate/answers/words/{number}/review").status_code == 303
    assert "put in lamps." in ward_page(client)
    shown = desk.get(page).get_data(as_text=True)
    for step in ("Looked after by", "Council street lighting", "Public words read over", "Repaired."):
        assert step in shown
    actions = {row[0] for row in run("SELECT action FROM audit WHERE actor LIKE 'coordinator@%'")}
    assert {"concern owner set", "concern status changed", "public words reviewed"} <= actions


@pytest.mark.parametrize("who", ["brixton_officer", "lambeth_planner", "analyst", "administrator"])
def test_nobody_else_sits_at_the_desk(signed_in: Callable[[str], FlaskClient], who: str) -> None:
    assert signed_in(who).get("/coordinate/answers/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/said-and-did/E99999999", "/said-and-did/" + "x" * 500, "/said-and-did/%00"]
)
def test_an_unknown_ward_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"Accept": "text/html"}).status_code == 404


@pytest.mark.parametrize(
    "after", ["x", "2026-01-01", "2026-13-01.1", "2026-01-01.-1", "2026-01-01." + "9" * 30]
)
def test_a_list_goes_on_only_from_where_it_can(client: FlaskClient, after: str) -> None:
    assert client.get("/said-and-did", query_string={"after": after}).status_code == 400


def test_the_list_goes_on_without_gap_or_repeat(client: FlaskClient, coordinator: Person) -> None:
    for place in range(23):
        number = answer(coordinator, raise_concern(), words=f"did the thing numbered {place:02d}.")
        with db.writing() as session:
            said_and_did.review(session, number, by=coordinator)
    first = client.get("/said-and-did").get_data(as_text=True)
    more = re.search(r'href="(/said-and-did\?after=[^"]+)"', first)
    assert more
    second = client.get(more[1]).get_data(as_text=True)
    found = [re.findall(r"numbered (\d\d)", page) for page in (first, second)]
    assert [len(each) for each in found] == [20, 3]
    assert sorted(found[0] + found[1]) == [f"{place:02d}" for place in range(23)]
