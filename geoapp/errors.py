"""One exception per cause, and one table from cause to status code."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field, in words that say what to do."""

    field: str
    message: str


class LamplightError(Exception):
    """Something that a person or program asked for cannot be done; the message may be shown to them."""

    title = "It could not be done"

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = ()) -> None:
        """Keep the sentence for the reader and what is wrong with which field."""
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class Malformed(LamplightError):
    """The input cannot be read as what is asked for."""

    title = "The request cannot be read"


class Refused(LamplightError):
    """The input can be read, and the domain refuses it."""

    title = "The request was refused"


class SignInNeeded(LamplightError):
    """Nobody is signed in, or the key or token is not valid."""

    title = "Sign in first"


class NotAllowed(LamplightError):
    """The signed-in person may not do this."""

    title = "You may not do this"


class NotFound(LamplightError):
    """It does not exist, or it is not yours; the two are never told apart."""

    title = "Not found"


class Conflict(LamplightError):
    """The same identifier is there with other content."""

    title = "Already stored with other content"


class Stale(LamplightError):
    """The stored content is not the one that the change was made from."""

    title = "It was changed in the meantime"


class TagNeeded(LamplightError):
    """A change was sent without saying of which content."""

    title = "Say what is to be changed"


class Gone(LamplightError):
    """It was removed, and its identifier is not used again."""

    title = "It was removed"


class TooLarge(LamplightError):
    """The body is over the limit."""

    title = "Too large"


class WrongMediaType(LamplightError):
    """The body is not of the asked media type."""

    title = "Wrong kind of content"


class NotAcceptable(LamplightError):
    """None of the formats asked for exists here."""

    title = "No such format"


class TooManyRequests(LamplightError):
    """The limit of tries is reached; `retry_after_s` says when to come back."""

    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        """Keep the sentence and the seconds to wait."""
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class DatabaseAway(LamplightError):
    """The database cannot be reached just now."""

    title = "The service is not available just now"


class Busy(LamplightError):
    """Others are having the same heavy work done; `retry_after_s` says when to come back."""

    title = "Busy just now"

    def __init__(self, detail: str, *, retry_after_s: int = 5) -> None:
        """Keep the sentence and the seconds to wait."""
        super().__init__(detail)
        self.retry_after_s = retry_after_s


STATUS: dict[type[LamplightError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    Conflict: HTTPStatus.CONFLICT,
    Gone: HTTPStatus.GONE,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    TagNeeded: HTTPStatus.PRECONDITION_REQUIRED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    DatabaseAway: HTTPStatus.SERVICE_UNAVAILABLE,
}


def refused(field: str, message: str) -> Refused:
    """Return a refusal of one field."""
    return Refused(message, errors=(FieldError(field, message),))


def malformed(field: str, message: str) -> Malformed:
    """Return a complaint about one field that cannot be read."""
    return Malformed(message, errors=(FieldError(field, message),))


_PLACE = "geometry"
_CHECK_PLACE = "Check the coordinates: longitude first, a point or a line, nothing empty."

# What the database refuses, by the name of the constraint, in the words of whoever sent it. A constraint that
# is not here guards against our own mistakes, and breaking it stays unexpected.
CONSTRAINTS: dict[str, FieldError] = {
    "ck_area_code": FieldError("code", "A ward's code has 1 to 40 letters, digits, '-', '_' or ':'."),
    "ck_area_name": FieldError("name", "A ward needs a name."),
    "ck_area_geometry_valid": FieldError(
        _PLACE, "The shape of a ward is not valid: its outline crosses itself."
    ),
    "ck_area_geometry_filled": FieldError(_PLACE, "The shape of a ward is empty."),
    "uq_area_kind_edition_id_code": FieldError("code", "A ward's code is there twice in this edition."),
    "ck_borough_code": FieldError("borough", "A borough's code has 1 to 20 letters, digits, '-' or '_'."),
    "ck_edition_name": FieldError(
        "edition", "An edition needs a name of at most 80 characters, such as 2022."
    ),
    "uq_edition_name": FieldError("edition", "There is already an edition of this name."),
    "ck_team_name": FieldError("team", "A team needs a name of at most 80 characters."),
    "uq_team_name": FieldError("team", "There is already a team of this name."),
    "ck_person_email": FieldError("email", "This is not an e-mail address such as ana@force.example."),
    "ck_person_role": FieldError("role", "This is not a role of the scheme."),
    "uq_person_email": FieldError("email", "There is already somebody with this address."),
    "fk_person_borough_borough_code_borough": FieldError("borough", "There is no such borough."),
    "fk_feed_key_borough_borough_code_borough": FieldError("borough", "There is no such borough."),
    "ck_feed_key_name": FieldError("name", "A key needs a name of at most 80 characters."),
    "ck_walk_order": FieldError("ended_at", "The end is before the start. Check both times."),
    "ck_walk_end_needs_start": FieldError("started_at", "A walk that has ended needs a start."),
    "ck_walk_participants": FieldError("participants", "participants is a number from 0 to 1000."),
    "ck_track_chunk_chunk": FieldError("chunk", "Chunks are numbered from 0."),
    "ck_concern_kind": FieldError("properties.kind", "kind is concern or positive."),
    "ck_concern_geometry_kind": FieldError(_PLACE, _CHECK_PLACE),
    "ck_concern_geometry_valid": FieldError(_PLACE, _CHECK_PLACE),
    "ck_concern_geometry_filled": FieldError(_PLACE, _CHECK_PLACE),
    "ck_concern_geometry_in_grid": FieldError(_PLACE, "The place is outside Great Britain."),
    "ck_concern_feeling": FieldError("properties.feeling", "This feeling is not on the scheme's scale."),
    "ck_concern_applies": FieldError("properties.applies", "applies holds day, twilight or dark, each once."),
    "ck_concern_basis": FieldError("properties.basis", "This basis is not one of the scheme's."),
    "ck_concern_setting": FieldError("properties.setting", "This setting is not one of the scheme's."),
    "ck_concern_accuracy_m": FieldError(
        "properties.accuracy_m", "The accuracy is a radius in metres, 0 or more."
    ),
    "ck_concern_position_method": FieldError("properties.position_method", "It is gps, moved or map."),
    "ck_concern_status": FieldError("status", "This is not a status of a concern."),
    "ck_concern_wording": FieldError("wording", "The wording has at most 4,000 characters. Shorten it."),
    "ck_concern_recorded_at": FieldError("properties.recorded_at", "The time is before 2015."),
    "fk_concern_factor_factor_code_factor": FieldError("properties.factors", "There is no such factor."),
    "pk_concern_factor": FieldError("properties.factors", "A factor is there twice. Send each once."),
    "ck_concern_owner_reference": FieldError(
        "owner_reference", "The reference has at most 80 characters on one line, and is not blank."
    ),
    "ck_status_event_status": FieldError("status", "This is not a status of a concern."),
    "ck_status_event_reason": FieldError("reason", "Say why nothing will be done."),
    "ck_joinable_walk_title": FieldError("title", "A walk needs a title of at most 120 characters."),
    "ck_joinable_walk_ward_code": FieldError("ward_code", "Choose the ward from the list."),
    "ck_joinable_walk_order": FieldError("ends_at", "A walk ends after its start, within 12 hours."),
    "ck_joinable_walk_length_m": FieldError("length_m", "The length is from 1 m to 50 km."),
    "ck_joinable_walk_kind": FieldError("kind", "A walk is for a group or one to one."),
    "ck_joinable_walk_places": FieldError("places", "A group has 1 to 50 places, one to one has one."),
    "ck_joinable_walk_places_taken": FieldError("places", "There are not enough places on this walk."),
    "ck_joinable_walk_meeting_point": FieldError(
        "meeting_point", "The meeting point is outside Great Britain."
    ),
    "ck_joinable_walk_texts": FieldError("details", "One of the texts is too long. Shorten it."),
    "ck_joinable_walk_over": FieldError("state", "This walk is over."),
    "ck_joinable_walk_complete": FieldError(
        "walk", "A confirmed walk needs start, end, meeting point with its words, and officer."
    ),
    "ck_request_step": FieldError("state", "A request cannot take this step from where it is."),
    "ck_request_walk_over": FieldError("walk", "This walk is over."),
}


# What may be there once, and was met by something else that is stored already.
_TAKEN = {"uq_concern_outside_id": "This identifier stands for another concern already. Make a new one."}


def refusal_of(constraint: str | None) -> Refused | Conflict | None:
    """Return the refusal that a broken constraint stands for, or None when breaking it is our own mistake."""
    if constraint in _TAKEN:
        return Conflict(_TAKEN[constraint])
    found = CONSTRAINTS.get(constraint or "")
    return None if found is None else Refused(found.message, errors=(found,))
