"""Downloads that take long: asked for once, made part by part, given to their owner, gone after a day."""

import io
import uuid
import zipfile

import pypdfium2
import pytest
from sqlalchemy import text

from geoapp import db
from geoapp.actions import exports as actions
from geoapp.jobs.queue import make_queue
from geoapp.planning import background
from tests.conftest import LAMBETH, SOUTHWARK
from tests.web import planning_world
from tests.workers import work as do_all

FEBRUARY = {"from": "2026-02-01", "to": "2026-02-28"}


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)


@pytest.fixture(autouse=True)
def nothing_asked_for(opened):  # noqa: ARG001 (the database has to be open)
    yield
    with db.writing() as session:
        session.execute(text("DELETE FROM export"))
        session.execute(text("DELETE FROM procrastinate_jobs"))


@pytest.fixture
def ask(client, personas):
    """Ask for the briefings of a borough as a persona; the address of the download."""

    def post(who: str = "lambeth_planner", **form: str) -> str:
        answer = client.post("/planning/exports", data=FEBRUARY | form, headers=personas[who].bearer)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    return post


@pytest.fixture
def see(client, personas):
    def get(path: str, who: str = "lambeth_planner", accept: str = "application/json"):
        return client.get(path, headers=personas[who].bearer | {"Accept": accept})

    return get


def jobs() -> list[dict[str, str]]:
    with db.reading() as connection:
        rows = connection.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = :t ORDER BY id"), {"t": actions.TASK}
        )
        return [row.args for row in rows]


def work(app, settings, address: str, *, parts: int = 9, last_try: bool = False) -> None:
    """Do what the worker does, as long as there is something left."""
    for _ in range(parts):
        background.make_next_part(app, settings, uuid.UUID(address.rsplit("/", 1)[1]), last_try=last_try)


def test_a_borough_is_made_part_by_part_and_fetched_as_one_file(app, opened, ask, see):
    address = ask()
    assert len(jobs()) == 1
    first = see(address)
    assert first.get_json()["done"] == 0
    assert first.get_json()["total"] == 2
    assert first.headers["Retry-After"] == "3"
    early = see(f"{address}/file")
    assert (early.status_code, early.headers["Retry-After"]) == (202, "3")
    work(app, opened, address, parts=1)
    assert see(address).get_json() | {"expires": ""} == {
        "status": "working", "title": "Ward briefings, Lambeth, Feb 2026, all light", "done": 1, "total": 2,
        "expires": "", "file": None,
    }  # fmt: skip
    assert len(jobs()) == 2, "the next part is a job of its own"
    assert "1 of 2 briefings are made" in see(address, accept="text/html").text
    work(app, opened, address)
    assert len(jobs()) == 2
    said = see(address)
    assert said.get_json()["status"] == "ready"
    assert "Retry-After" not in said.headers
    answer = see(said.get_json()["file"])
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.namelist() == ["01-Ward-A-E05000001.pdf", "02-Ward-B-E05000002.pdf"]
        for name in packed.namelist():
            pages = pypdfium2.PdfDocument(packed.read(name))
            words = pages[0].get_textpage().get_text_range()
            assert name[3:9].replace("-", " ") in words


def test_it_is_there_for_nobody_else(app, opened, ask, see):
    address = ask()
    work(app, opened, address)
    for who in ("southwark_planner", "analyst", "brixton_officer"):
        assert see(address, who).status_code == 404
        assert see(f"{address}/file", who).status_code == 404
        assert "Lambeth" not in see("/planning/exports", who, "text/html").text.split("Your downloads")[1]
    assert see(address, "administrator").status_code == 403
    assert address in see("/planning/exports", accept="text/html").text
    assert see(f"/planning/exports/{uuid.uuid4()}").status_code == 404


def test_what_is_asked_twice_is_made_once_and_not_without_end(client, personas, ask):
    assert ask() == ask()
    assert len(jobs()) == 1
    ask(light="dark")
    ask(light="day")
    answer = client.post(
        "/planning/exports", data=FEBRUARY | {"light": "twilight"}, headers=personas["lambeth_planner"].bearer
    )
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert len(jobs()) == 3
    ask("southwark_planner")


@pytest.mark.parametrize(
    ("who", "form", "status"),
    [
        ("analyst", {}, 422),
        ("analyst", {"borough": f"{LAMBETH},{SOUTHWARK}"}, 422),
        ("lambeth_planner", {"borough": SOUTHWARK}, 422),
        ("lambeth_planner", {"borough": "E09999999"}, 422),
        ("analyst", {"borough": "E09999999"}, 400),
        ("lambeth_planner", {"from": "yesterday"}, 400),
        ("lambeth_planner", {"export": "1"}, 400),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(client, personas, who, form, status):
    answer = client.post(
        "/planning/exports", data=form, headers=personas[who].bearer | {"Accept": "application/json"}
    )
    assert answer.status_code == status
    assert answer.get_json()["errors"]
    assert jobs() == []


def test_a_browser_needs_its_token(signed_in):
    browser = signed_in("lambeth_planner")
    assert browser.post("/planning/exports", data=FEBRUARY).status_code == 400
    assert jobs() == []
    page = browser.get("/planning/exports?from=2026-02-01&to=2026-02-28").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert browser.post("/planning/exports", data=FEBRUARY | {"csrf_token": token}).status_code == 303


def test_somebody_who_may_no_longer_read_it_gets_nothing_made(app, opened, ask, see):
    address = ask()
    with db.writing() as session:
        session.execute(text("UPDATE person SET active = false WHERE email LIKE 'lambeth_planner%'"))
    try:
        work(app, opened, address, parts=1)
        with db.reading() as connection:
            row = connection.execute(
                text("SELECT status, (SELECT count(*) FROM export_part) AS parts FROM export")
            ).one()
        assert tuple(row) == ("failed", 0)
    finally:
        with db.writing() as session:
            session.execute(text("UPDATE person SET active = true WHERE email LIKE 'lambeth_planner%'"))
    assert "could not be made" in see(address, accept="text/html").text
    assert see(f"{address}/file").status_code == 410


def test_a_failure_is_tried_again_and_kept_on_the_last_try(app, opened, ask, see, monkeypatch):
    address = ask()

    def broken(*_arguments: object) -> None:
        raise RuntimeError("the printer is on fire")

    with monkeypatch.context() as patched:
        patched.setattr(background, "make_part", broken)
        with pytest.raises(RuntimeError):
            work(app, opened, address, parts=1)
        assert see(address).get_json()["status"] == "waiting"
        work(app, opened, address, parts=1, last_try=True)
    assert see(address).get_json()["status"] == "failed"
    work(app, opened, address)
    assert see(address).get_json()["status"] == "failed", "what has failed is asked for anew"


def test_its_time_ends(app, opened, ask, see):
    address = ask()
    work(app, opened, address)
    with db.writing() as session:
        session.execute(text("UPDATE export SET expires_at = now() - interval '1 second'"))
    assert see(address).status_code == 404
    assert see(f"{address}/file").status_code == 404
    with db.writing() as session:
        actions.forget_old(session)
    with db.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM export_part")).scalar_one() == 0
    work(app, opened, address)
    assert see(address).status_code == 404


def test_the_worker_knows_the_task_under_the_name_of_its_job(app, opened, ask):
    ask()
    queue = make_queue(opened)
    background.add_tasks(queue, opened, lambda: app)
    assert actions.TASK in queue.tasks
    with db.reading() as connection:
        names = set(connection.execute(text("SELECT task_name FROM procrastinate_jobs")).scalars())
    assert names <= set(queue.tasks)


def test_a_worker_does_all_of_it(app, opened, ask, see):
    address = ask()
    queue = make_queue(opened)
    background.add_tasks(queue, opened, lambda: app)
    with queue.open():
        do_all(queue, listen_notify=False)
    assert see(address).get_json()["status"] == "ready"
