"""Causes and status codes: one each, and constraints in the words of whoever sent the value."""

from http import HTTPStatus

import pytest

from geoapp import errors
from geoapp.errors import CONSTRAINTS, STATUS, FieldError, LamplightError, Refused, refusal_of


def test_every_cause_has_its_status() -> None:
    causes = {
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, LamplightError) and each is not LamplightError
    }
    assert set(STATUS) == causes
    # A database that is away and a service that is busy are the same to whoever asks: come back shortly.
    others = [status for cause, status in STATUS.items() if cause is not errors.Busy]
    assert len(others) == len(set(others)), "two causes share a status"


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (errors.Malformed, 400),
        (errors.SignInNeeded, 401),
        (errors.NotAllowed, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.Gone, 410),
        (errors.Stale, 412),
        (errors.TooLarge, 413),
        (errors.WrongMediaType, 415),
        (errors.Refused, 422),
        (errors.TooManyRequests, 429),
        (errors.DatabaseAway, 503),
    ],
)
def test_the_codes_are_those_that_are_promised(cause: type[LamplightError], status: int) -> None:
    assert STATUS[cause] == status


def test_titles_are_words_and_differ() -> None:
    titles = [cause.title for cause in STATUS]
    assert len(set(titles)) == len(titles)
    assert all(
        title and title not in {status.phrase for status in HTTPStatus} - {"Not Found"} for title in titles
    )


def test_a_broken_constraint_is_a_refusal_of_its_field() -> None:
    found = refusal_of("ck_walk_order")
    assert isinstance(found, Refused)
    assert found.errors == (FieldError("ended_at", found.detail),)


@pytest.mark.parametrize(
    "constraint", [None, "", "ck_exposure_light", "fk_concern_team_id_team", "nobody_knows"]
)
def test_our_own_mistakes_are_no_refusals(constraint: str | None) -> None:
    assert refusal_of(constraint) is None


def test_every_message_is_a_sentence_for_a_person() -> None:
    for name, each in CONSTRAINTS.items():
        assert each.message[0].isupper() or each.message.split()[0] in {"kind", "applies", "participants"}, (
            name
        )
        assert each.message.endswith("."), name
        assert "constraint" not in each.message, name
        assert name not in each.message


def test_one_field_is_named_by_the_short_forms() -> None:
    for make, cause in ((errors.refused, errors.Refused), (errors.malformed, errors.Malformed)):
        found = make("note", "It is too long.")
        assert isinstance(found, cause)
        assert (found.detail, found.errors) == ("It is too long.", (FieldError("note", "It is too long."),))
