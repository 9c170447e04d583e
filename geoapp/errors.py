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


STATUS: dict[type[LamplightError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    Conflict: HTTPStatus.CONFLICT,
    Gone: HTTPStatus.GONE,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    DatabaseAway: HTTPStatus.SERVICE_UNAVAILABLE,
}


def refused(field: str, message: str) -> Refused:
    """Return a refusal of one field."""
    return Refused(message, errors=(FieldError(field, message),))


def malformed(field: str, message: str) -> Malformed:
    """Return a complaint about one field that cannot be read."""
    return Malformed(message, errors=(FieldError(field, message),))
