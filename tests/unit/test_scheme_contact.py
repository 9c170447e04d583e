"""E-mail addresses, telephone numbers and times as they are kept; days of answers; days as they are said."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from geoapp.actions.scheme_contact import NewRequest, checked, phone_of
from geoapp.actions.scheme_door import form_pass, new_reference, read_pass
from geoapp.actions.scheme_requests import answer_by
from geoapp.config import Limits, Settings, read_settings
from geoapp.errors import Refused
from geoapp.jobs.when import clock, day, short_day

GOOD = NewRequest("Dana", "dana@post.example", None, adult=True, ward_code="E05000001")


@pytest.fixture
def settings() -> Settings:
    return read_settings({"SECRET_KEY": "k" * 40, "DATABASE_URL": "postgresql://x/y"})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("020 7946 0417", "+442079460417"),
        ("  ", None),
        (None, None),
    ],
)
def test_numbers_are_kept_in_one_form(sent: str | None, kept: str | None) -> None:
    assert phone_of(sent) == kept


WRONG = [
    ({"first_name": "  \x00 "}, "first_name"),
    ({"first_name": "x" * 61}, "first_name"),
    ({"email": None}, "email"),
    ({"email": "dana"}, "email"),
    ({"email": "dana@post"}, "email"),
    ({"email": "dana@post.example\r\nBcc: all@post.example"}, "email"),
    ({"email": "dana@post.example, eve@post.example"}, "email"),
    ({"email": "<dana@post.example>"}, "email"),
    ({"email": "ünï@post.example"}, "email"),
    ({"email": "a" * 65 + "@post.example"}, "email"),
    ({"phone": "ring me"}, "phone"),
    ({"phone": "0"}, "phone"),
    ({"phone": "+1234567890123456"}, "phone"),
    ({"adult": False}, "adult"),
    ({"ward_code": None}, "ward_code"),
    ({"kind": "crowd"}, "kind"),
    ({"preferred": ("midnight",)}, "preferred"),
    ({"times_note": "x" * 1001}, "times_note"),
    ({"access_needs": "x" * 1001}, "access_needs"),
    ({"ease": "x" * 1001}, "ease"),
]


@pytest.mark.parametrize(("said", "field"), WRONG)
def test_what_is_wrong_is_named(said: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(replace(GOOD, **said))  # type: ignore[arg-type]  # wrong on purpose
    assert [each.field for each in refused.value.errors] == [field]


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(Refused) as refused:
        checked(NewRequest("", None, None, adult=False))
    assert {each.field for each in refused.value.errors} == {"first_name", "email", "adult", "ward_code"}


def test_blanks_and_unprintable_signs_go() -> None:
    kept = checked(replace(GOOD, first_name=" Dana \n Quist\x07", email=" Dana@POST.example ", ease=" \x00 "))
    assert (kept.first_name, kept.email, kept.ease) == ("Dana Quist", "dana@post.example", None)


def test_a_form_sent_too_fast_or_with_the_trap_filled_comes_from_a_program(settings: Settings) -> None:
    sent = form_pass(settings)
    assert read_pass(settings, sent, trap="") is None  # at once
    patient = replace(settings, limits=replace(Limits(), ask_seconds=-1.0))
    assert read_pass(patient, sent, trap="https://spam.example") is None
    identifier = read_pass(patient, sent, trap="")
    assert identifier is not None
    assert read_pass(patient, sent, trap="") == identifier


@pytest.mark.parametrize("sent", ["", "x", "a.b.c", "é"])
def test_a_form_that_is_not_ours_is_refused(settings: Settings, sent: str) -> None:
    with pytest.raises(Refused):
        read_pass(settings, sent, trap="")
    stranger = replace(settings, secret_key="other" * 10)
    with pytest.raises(Refused):
        read_pass(settings, form_pass(stranger), trap="")


def test_references_differ_and_hold_no_sign_that_is_misread() -> None:
    made = {new_reference() for _ in range(200)}
    assert len(made) == 200
    assert not set("".join(each[2:] for each in made)) & set("ILOU")


@pytest.mark.parametrize(
    ("asked", "for_a_walk", "by"),
    [
        (datetime(2026, 4, 13, 9, tzinfo=UTC), True, date(2026, 4, 15)),  # Monday to Wednesday
        (datetime(2026, 4, 16, 9, tzinfo=UTC), True, date(2026, 4, 20)),  # Thursday to Monday
        (datetime(2026, 4, 18, 9, tzinfo=UTC), True, date(2026, 4, 21)),  # Saturday to Tuesday
        (datetime(2026, 4, 13, 9, tzinfo=UTC), False, date(2026, 4, 20)),
        (datetime(2026, 4, 15, 23, 30, tzinfo=UTC), True, date(2026, 4, 20)),  # Thursday already in London
    ],
)
def test_answers_are_promised_in_working_days(
    settings: Settings, asked: datetime, for_a_walk: bool, by: date
) -> None:
    assert answer_by(asked, settings, for_a_walk=for_a_walk) == by


def test_days_and_times_are_those_of_london() -> None:
    when = datetime(2026, 4, 16, 17, 30, tzinfo=UTC)
    assert (day(when), short_day(when), clock(when)) == ("Thursday 16 April 2026", "Thu 16 April", "6:30pm")
    hours = [
        datetime(2026, 1, 5, hour, minute, tzinfo=UTC)
        for hour, minute in ((0, 0), (0, 5), (7, 0), (12, 0), (12, 15))
    ]
    assert [clock(each) for each in hours] == ["midnight", "12:05am", "7am", "noon", "12:15pm"]
