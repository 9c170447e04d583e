"""Messages as they arrive: read as plain text, as HTML, and in calendars; sent once; failing in the open."""

import email
import email.policy
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events
import vobject
from sqlalchemy import text

from geoapp import db
from geoapp.access import Person
from geoapp.actions import scheme_matching, scheme_messages, scheme_requests, scheme_walks
from geoapp.actions.scheme_requests import reach_of_new, reach_of_token
from geoapp.config import Settings
from geoapp.db import Reach, scheme_reading, scheme_writing
from geoapp.jobs import clockwork, messages
from geoapp.jobs.calendar import calendar_file
from geoapp.jobs.post import Notify, Smtp, TryAgain, Undeliverable
from geoapp.jobs.queue import make_queue
from geoapp.queries import scheme_request
from tests.scheme_world import DANA, WALK, new_id, person
from tests.workers import work

pytestmark = pytest.mark.usefixtures("squares", "personas")


def sql(statement: str, **values: object) -> Any:
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


@pytest.fixture
def coordinator(personas: Any) -> Person:  # noqa: ARG001 (they have to be there)
    return person("coordinator@lamplight.example")


@pytest.fixture(autouse=True)
def settings_here(opened: Settings, tmp_path: Path) -> Iterator[Settings]:
    yield replace(opened, var=tmp_path, public_url="https://walks.example")
    sql("DELETE FROM participant.request")
    sql("DELETE FROM participant.asking")
    sql("DELETE FROM joinable_walk")
    sql("DELETE FROM procrastinate_jobs")


@pytest.fixture
def booked(opened: Settings, coordinator: Person) -> Callable[..., tuple[uuid.UUID, scheme_requests.Asked]]:
    def book(form: scheme_walks.WalkForm = WALK, **said: Any) -> tuple[uuid.UUID, scheme_requests.Asked]:
        walk_id, request_id = new_id(), new_id()
        with scheme_writing(Reach.team(coordinator.team_id)) as session:
            scheme_walks.publish(session, walk_id, form, by=coordinator)
        with scheme_writing(reach_of_new(request_id)) as session:
            new = replace(DANA, walk_id=walk_id, **said)
            asked = scheme_requests.ask(session, request_id, new, address=None, settings=opened)
        return walk_id, asked

    return book


def send_all(settings: Settings) -> None:
    for (message_id,) in sql("SELECT id FROM participant.message WHERE state = 'queued' ORDER BY queued_at"):
        messages.send(message_id, settings, last_try=False)


def mails(settings: Settings) -> list[email.message.EmailMessage]:
    files = sorted((settings.var / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]  # type: ignore[misc]  # the policy makes it one


def confirm(by: Person, request_id: uuid.UUID) -> None:
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_matching.confirm(session, request_id, by=by)


def test_a_confirmation_says_all_of_it_in_subject_text_and_html(
    settings_here: Settings, coordinator: Person, booked: Any
) -> None:
    _, asked = booked()
    send_all(settings_here)
    first = mails(settings_here)[0]
    assert "This is a request, not yet a booking." in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert WALK.meeting_words not in str(first)
    confirm(coordinator, asked.id)
    send_all(settings_here)
    mail = mails(settings_here)[-1]
    with scheme_reading(reach_of_token(asked.token)) as session:
        walk = scheme_request.see(session, asked.token, settings_here.rules).walk
    assert walk is not None
    plain = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    day = WALK.starts_at.strftime("%B %Y")
    for said in (
        day,
        "Outside the café at the north gate",
        "51.46340, -0.12190",
        "Priya",
        "heron",
        "LX 417",
        f"Call 101 and ask for walk {walk.number}",
        "After 10 minutes call 101",
        "To change or cancel",
        f"https://walks.example/requests/{asked.token}",
        "step-free",
    ):
        assert said in plain, said
        assert said in html, said
    subject = str(mail["Subject"])
    assert "Larkhall Park, north side" in subject
    assert "Outside the café at the north gate" in subject
    assert WALK.starts_at.strftime("%B") in subject
    assert mail["To"] == DANA.email
    assert "http" not in html.replace(f"https://walks.example/requests/{asked.token}", "")
    assert not [part for part in mail.walk() if part.get_content_maintype() == "image"]


def test_a_name_cannot_become_markup(settings_here: Settings, booked: Any) -> None:
    booked(first_name="<b onclick=x>Eve</b>")
    send_all(settings_here)
    assert "<b onclick" not in mails(settings_here)[0].get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_the_text_message_says_where_and_when_too(
    settings_here: Settings, coordinator: Person, booked: Any
) -> None:
    _, asked = booked()
    confirm(coordinator, asked.id)
    send_all(settings_here)
    (file,) = (settings_here.var / "mail").glob("*.txt")
    said = file.read_text()
    for part in ("+447700900123", "Outside the café", "Priya", "heron", "101", asked.token):
        assert part in said
    assert "Dana" not in file.name
    assert file.stat().st_mode & 0o077 == 0


def test_a_message_is_sent_once_however_often_its_job_runs(settings_here: Settings, booked: Any) -> None:
    booked()
    ((message_id,),) = sql("SELECT id FROM participant.message")
    for _ in range(3):
        messages.send(message_id, settings_here, last_try=False)
    assert len(mails(settings_here)) == 1
    clockwork.remind(settings_here)
    assert sql("SELECT count(*) FROM participant.message") == [(1,)]


def test_a_message_that_is_no_longer_true_stays_unsent(
    settings_here: Settings, coordinator: Person, booked: Any
) -> None:
    _, asked = booked()
    confirm(coordinator, asked.id)
    with scheme_writing(reach_of_token(asked.token)) as session:
        scheme_requests.cancel(session, asked.token)
    send_all(settings_here)
    assert [str(mail["Subject"]).split(":")[0] for mail in mails(settings_here)] == ["Cancelled"]
    states = sql("SELECT kind, state FROM participant.message WHERE way = 'email' ORDER BY queued_at")
    assert [tuple(row) for row in states] == [
        ("received", "withdrawn"),
        ("confirmed", "withdrawn"),
        ("cancelled", "sent"),
    ]


def test_the_worker_sends_what_was_queued_and_its_rows_hold_nobody(
    settings_here: Settings, booked: Any
) -> None:
    booked()
    queue = make_queue(settings_here)
    with queue.open():
        work(queue)
    assert len(mails(settings_here)) == 1
    rows = str(sql("SELECT args::text FROM procrastinate_jobs")) + str(
        sql("SELECT * FROM procrastinate_events")
    )
    for word in ("Dana", "Quist", "post.example", "7700900123"):
        assert word not in rows


def test_a_reminder_comes_once_on_the_day_before(
    settings_here: Settings, coordinator: Person, booked: Any
) -> None:
    _, asked = booked(phone=None)
    confirm(coordinator, asked.id)
    send_all(settings_here)
    assert clockwork.remind(settings_here) == 0
    sql("UPDATE joinable_walk SET starts_at = now() + interval '23 h', ends_at = now() + interval '24 h'")
    sql("ALTER TABLE participant.request DISABLE TRIGGER USER")
    sql("UPDATE participant.request SET state_at = now() - interval '9 days'")
    sql("ALTER TABLE participant.request ENABLE TRIGGER USER")
    for _ in range(2):
        assert clockwork.remind(settings_here) == 1
        send_all(settings_here)
    assert [str(mail["Subject"]).split(":")[0] for mail in mails(settings_here)][1:] == ["Reminder"]


def events(file: bytes) -> list[Any]:
    calendar = icalendar.Calendar.from_ical(file)
    return list(calendar.walk("VEVENT"))


def attached(mail: Any) -> bytes:
    (part,) = [each for each in mail.iter_attachments() if each.get_filename() == "walk.ics"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_the_calendar_file_keeps_its_uid_and_counts_up(
    settings_here: Settings, coordinator: Person, booked: Any
) -> None:
    walk_id, asked = booked(phone=None)
    confirm(coordinator, asked.id)
    send_all(settings_here)
    later = replace(
        WALK, starts_at=WALK.starts_at + timedelta(hours=1), ends_at=WALK.starts_at + timedelta(hours=2)
    )
    with scheme_writing(Reach.team(coordinator.team_id)) as session:
        scheme_walks.change(session, walk_id, later, by=coordinator)
    send_all(settings_here)
    with scheme_writing(Reach.team(coordinator.team_id)) as session:
        scheme_walks.cancel(session, walk_id, by=coordinator)
    send_all(settings_here)
    files = [attached(mail) for mail in mails(settings_here)]
    assert len(files) == 3
    methods = [str(icalendar.Calendar.from_ical(file)["METHOD"]) for file in files]
    assert methods == ["REQUEST", "REQUEST", "CANCEL"]
    each = [events(file)[0] for file in files]
    assert len({str(event["UID"]) for event in each}) == 1
    numbers = [int(event["SEQUENCE"]) for event in each]
    assert numbers == sorted(set(numbers))
    assert str(each[2]["STATUS"]) == "CANCELLED"
    said = b"".join(files)
    for secret in (b"heron", asked.token.encode(), b"Dana"):
        assert secret not in said
    for mail in mails(settings_here):
        (inline,) = [
            part
            for part in mail.walk()
            if part.get_content_type() == "text/calendar" and not part.get_filename()
        ]
        assert inline.get_param("method") in {"REQUEST", "CANCEL"}


# Start in UTC, and the same on a clock in London: before and after the changes of 2026 and 2027.
CHANGES = [
    (datetime(2026, 3, 28, 18, 30, tzinfo=UTC), "2026-03-28 18:30 +0000"),
    (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "2026-03-29 00:30 +0000"),
    (datetime(2026, 3, 29, 17, 30, tzinfo=UTC), "2026-03-29 18:30 +0100"),
    (datetime(2026, 10, 24, 17, 30, tzinfo=UTC), "2026-10-24 18:30 +0100"),
    (datetime(2026, 10, 25, 18, 30, tzinfo=UTC), "2026-10-25 18:30 +0000"),
    (datetime(2027, 3, 28, 6, 15, tzinfo=UTC), "2027-03-28 07:15 +0100"),
    (datetime(2027, 10, 31, 7, 15, tzinfo=UTC), "2027-10-31 07:15 +0000"),
]


@pytest.mark.parametrize(("start", "on_the_clock"), CHANGES)
def test_calendars_show_the_right_hour_on_both_sides_of_the_clock_changes(
    settings_here: Settings, coordinator: Person, booked: Any, start: datetime, on_the_clock: str
) -> None:
    _, asked = booked(phone=None)
    confirm(coordinator, asked.id)
    with scheme_reading(reach_of_token(asked.token)) as session:
        request = scheme_request.see(session, asked.token, settings_here.rules)
    assert request.walk is not None
    moved = replace(
        request, walk=replace(request.walk, starts_at=start, ends_at=start + timedelta(minutes=45))
    )
    file = calendar_file(moved, settings_here)
    text_of = file.decode()
    assert "BEGIN:VTIMEZONE" in text_of
    assert f"DTSTART;TZID=Europe/London:{start.astimezone(scheme_requests._LONDON):%Y%m%dT%H%M%S}" in text_of
    # By the rules in the file itself, not by the zone of the same name on this machine.
    own_zone = file.replace(b"Europe/London", b"Custom/London")
    opened_by = vobject.readOne(own_zone.decode()).vevent
    assert opened_by.dtstart.value.strftime("%Y-%m-%d %H:%M %z") == on_the_clock
    assert opened_by.dtend.value.astimezone(UTC) - start == timedelta(minutes=45)
    day = opened_by.dtstart.value.date()
    (found,) = recurring_ical_events.of(icalendar.Calendar.from_ical(file)).at(day)
    assert found.start.astimezone(UTC) == start


@pytest.fixture
def notify() -> Iterator[tuple[str, list[Any], list[int]]]:
    """A text service on this machine: its address, what it was asked, and the statuses to answer."""
    asked: list[Any] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(answers.pop(0) if answers else 201)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked, answers
    server.shutdown()
    thread.join()
    server.server_close()


SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"


def test_texts_go_to_notify_as_its_interface_asks(notify: Any) -> None:
    import base64  # noqa: PLC0415 (to read what was sent)
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    url, asked, answers = notify
    one = uuid.uuid4()
    Notify(url, f"our-key-{SERVICE}-{SECRET}", "template-1").carry("+447700900123", "Come at 6:30pm", one)
    ((path, headers, body),) = asked
    assert path == "/v2/notifications/sms"
    assert body == {
        "phone_number": "+447700900123",
        "template_id": "template-1",
        "personalisation": {"message": "Come at 6:30pm"},
        "reference": str(one),
    }
    head, claims, signature = headers["Authorization"].removeprefix("Bearer ").split(".")
    unpadded = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))  # noqa: E731 (three uses, one line)
    assert json.loads(unpadded(head))["alg"] == "HS256"
    assert json.loads(unpadded(claims))["iss"] == SERVICE
    signed = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert unpadded(signature) == signed
    for status, raised in ((400, Undeliverable), (403, TryAgain), (429, TryAgain), (500, TryAgain)):
        answers.append(status)
        with pytest.raises(raised) as said:
            Notify(url, f"our-key-{SERVICE}-{SECRET}", "t").carry("+447700900123", "x", one)
        assert "7700" not in str(said.value)


def test_a_failed_message_is_tried_again_and_then_seen_by_the_coordinator(
    settings_here: Settings, coordinator: Person, booked: Any
) -> None:
    _, asked = booked(phone=None)
    nowhere = replace(settings_here, smtp_url="smtp://127.0.0.1:9")
    ((message_id,),) = sql("SELECT id FROM participant.message WHERE request_id = :id", id=asked.id)
    with pytest.raises(TryAgain) as said:
        messages.send(message_id, nowhere, last_try=False)
    assert "post.example" not in str(said.value)
    assert sql("SELECT state FROM participant.message") == [("queued",)]
    messages.send(message_id, nowhere, last_try=True)
    assert sql("SELECT state, failure FROM participant.message") == [
        ("failed", "The mail server did not take it (ConnectionRefusedError).")
    ]
    with scheme_writing(Reach.team(coordinator.team_id)) as session:
        scheme_messages.send_again(session, message_id, by=coordinator)
    send_all(settings_here)
    assert len(mails(settings_here)) == 1
    with scheme_writing(Reach.everyone()) as session:
        assert scheme_messages.bounced(session, message_id)
    assert sql("SELECT state FROM participant.message") == [("failed",)]


@pytest.fixture
def smtp() -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """A mail server on this machine: its address, what it took, and other answers by command."""
    import socketserver  # noqa: PLC0415 (this server alone)

    took: list[str] = []
    answers: dict[str, str] = {}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline().decode().strip():
                verb = line.split(":")[0].split(" ")[0].upper()
                said = answers.get(verb, {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok"))
                self.wfile.write(f"{said}\r\n".encode())
                if verb == "DATA" and said.startswith("354"):
                    body = ""
                    while (row := self.rfile.readline().decode()) != ".\r\n":
                        body += row
                    took.append(body)
                    if answers.get("END") == "hang up":
                        return
                    self.wfile.write(f"{answers.get('END', '250 kept')}\r\n".encode())
                if verb == "QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", took, answers
        server.shutdown()
        thread.join()


def test_mail_goes_by_smtp_and_its_refusals_are_told_apart(
    settings_here: Settings, booked: Any, smtp: Any
) -> None:
    url, took, answers = smtp
    booked(phone=None)
    send_all(replace(settings_here, smtp_url=url))
    assert len(took) == 1
    assert "not yet a booking" in took[0]
    assert not (settings_here.var / "mail").exists()
    message = messages._email(
        messages.Content("S", ("Hello",), (), (), "See", "https://x.example", (), ""),
        "her@post.example",
        "Walks <w@x.example>",
        uuid.uuid4(),
    )
    for verb, answer, raised in (
        ("RCPT", "550 no such person her@post.example", Undeliverable),
        ("RCPT", "451 later", TryAgain),
        ("END", "554 refused", Undeliverable),
        ("END", "452 full", TryAgain),
        ("END", "hang up", Undeliverable),
    ):
        answers.clear()
        answers[verb] = answer
        with pytest.raises(raised) as said:
            Smtp(url).carry(message, uuid.uuid4())
        assert "her@" not in str(said.value)
        assert ("may have arrived" in str(said.value)) == (answer == "hang up")
