"""What crosses the wire: strict JSON in, problem+json out, preconditions, and errors as answers."""

import gzip
import hashlib
import io
import json
import math
import re
import time
import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn

import rfc8785
import structlog
from flask import Flask, Request, Response, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from geoapp.errors import (
    STATUS,
    Busy,
    DatabaseAway,
    FieldError,
    LamplightError,
    Malformed,
    SignInNeeded,
    TooLarge,
    TooManyRequests,
    WrongMediaType,
    malformed,
)

log = structlog.get_logger()
_PIECE = 65_536
_LONGEST_NAME = 60
_LONGEST_WHOLE = 40
_SURROGATES = re.compile("[\ud800-\udfff\x00]")


@dataclass(frozen=True)
class Body:
    """A JSON body that can be kept: its value, its canonical text (RFC 8785) and the hash of that text."""

    value: Any
    text: str
    hash: bytes


def json_body(incoming: Request) -> Body:
    """Return the request's JSON body; WrongMediaType, TooLarge or Malformed say what is wrong with it."""
    limits = current_app.config["SETTINGS"].limits
    if incoming.mimetype != "application/json" and not incoming.mimetype.endswith("+json"):
        raise WrongMediaType("Send JSON with Content-Type: application/json.")
    if incoming.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise WrongMediaType("Send JSON in UTF-8.")
    return parse_body(read_bytes(incoming, limits.body_bytes, limits.body_seconds), limits.json_depth)


def has_body(incoming: Request) -> bool:
    """Whether anything was sent, also when its length was not said beforehand."""
    return bool(incoming.content_length or incoming.headers.get("Transfer-Encoding"))


def read_bytes(incoming: Request, most: int, seconds: float) -> bytes:
    """Return the body, unpacked if gzip, of at most `most` bytes; a slow sender is let go after `seconds`."""
    if (incoming.content_length or 0) > most:
        raise TooLarge(f"The body is over {most:,} bytes. Send less at a time.")
    until = time.monotonic() + seconds
    packed = bytearray()
    try:
        while piece := incoming.stream.read(_PIECE):
            packed += piece
            if len(packed) > most:
                raise TooLarge(f"The body is over {most:,} bytes. Send less at a time.")
            if time.monotonic() > until:
                raise Malformed("The body came too slowly. Send it again.")
    except (ClientDisconnected, OSError) as error:
        raise Malformed("The body ended early. Send it again.") from error
    encoding = incoming.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return bytes(packed)
    if encoding not in {"gzip", "x-gzip"}:
        raise WrongMediaType("Send the body plain or with Content-Encoding: gzip.")
    return _unpack(bytes(packed), most)


def _unpack(packed: bytes, most: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            plain = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed("The body is not whole gzip. Send it again.") from error
    if len(plain) > most:
        raise TooLarge(f"The body is over {most:,} bytes when unpacked. Send less at a time.")
    return plain


def parse_body(data: bytes, depth: int) -> Body:
    """Return strict JSON: no duplicate keys, NaN, Infinity, deep nesting, NUL or lone surrogates."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
        _check_strings_and_depth(value, depth)
        text = rfc8785.dumps(value)
    except UnicodeDecodeError as error:
        raise malformed("body", "The body is not UTF-8 text.") from error
    except RecursionError as error:
        raise malformed("body", f"The body is nested over {depth} levels.") from error
    except rfc8785.CanonicalizationError as error:
        raise malformed("body", "A number in the body is too large to keep exactly.") from error
    except json.JSONDecodeError as error:
        raise malformed(
            "body", f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}."
        ) from error
    return Body(value, text.decode(), hashlib.sha256(text).digest())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise malformed(_shown(name), "This member is there twice in one object. Send it once.")
        members[name] = value
    return members


def _shown(name: str) -> str:
    """Return a member's name as it may stand in a path: what was sent, short and printable."""
    plain = "".join(each if each.isprintable() else "?" for each in name)
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}…"


def _no_constant(name: str) -> NoReturn:
    raise malformed("body", f"{name} is not a JSON number.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise malformed("body", "A number in the body is too large to keep.")
    return number


def _whole(text: str) -> int:
    if len(text) > _LONGEST_WHOLE:  # what rfc8785 would refuse too, but only after Python has made the number
        raise malformed("body", "A number in the body is too large to keep exactly.")
    return int(text)


def _check_strings_and_depth(value: Any, depth: int) -> None:  # noqa: ANN401 (any JSON value)
    waiting: list[tuple[Any, int, str]] = [(value, 1, "")]
    while waiting:
        each, level, path = waiting.pop()
        if isinstance(each, str):
            if _SURROGATES.search(each):
                raise malformed(path or "body", "The text holds a character that cannot be kept.")
        elif isinstance(each, dict | list):
            if level > depth:
                raise malformed("body", f"The body is nested over {depth} levels.")
            waiting.extend((inner, level + 1, at) for inner, at in _inner(each, path))


def _inner(value: dict[str, Any] | list[Any], path: str) -> Iterable[tuple[Any, str]]:
    """Give what is inside, names too, each with the path to it; in lists all share the list's."""
    if isinstance(value, list):
        for each in value:
            yield each, path
        return
    for name, each in value.items():
        yield name, path
        yield each, f"{path}.{_shown(name)}" if path else _shown(name)


def if_match(incoming: Request) -> frozenset[str] | None:
    """Return the strong tags of If-Match with their quotes, or None without it; '*' stands as itself."""
    sent = incoming.headers.get("If-Match")
    if sent is None:
        return None
    return frozenset(tag.strip() for tag in sent.split(",") if not tag.strip().startswith("W/"))


def wants_html(incoming: Request) -> bool:
    """Whether a person with a browser asks, rather than a program."""
    if incoming.args.get("f", "html") != "html":
        return False
    if "/api/" in incoming.path or "/data/" in incoming.path or incoming.headers.get("Authorization"):
        return False
    best = incoming.accept_mimetypes.best_match(["application/problem+json", "application/json", "text/html"])
    return best == "text/html" and "text/html" in incoming.headers.get("Accept", "")


def problem(status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> Response:
    """Return an answer of RFC 9457: type, title, status, detail, and errors by field where there are any."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return Response(json.dumps(body), status, content_type="application/problem+json")


def _page(
    title: str, detail: str, status: int, reference: str = "", errors: tuple[FieldError, ...] = ()
) -> Response:
    said = {"title": title, "detail": detail, "status": status, "reference": reference, "errors": errors}
    return Response(render_template("error.html", **said), status)


def _answer(error: LamplightError) -> AnyResponse:
    status = STATUS[type(error)]
    answer: AnyResponse
    if isinstance(error, SignInNeeded) and wants_html(request) and request.method == "GET":
        return redirect(url_for("door.login", next=request.full_path.rstrip("?")))
    if wants_html(request):
        answer = _page(error.title, error.detail, status, errors=error.errors)
    else:
        errors = [{"field": each.field, "message": each.message} for each in error.errors]
        answer = problem(status, error.title, error.detail, errors)
    if isinstance(error, SignInNeeded):
        basic = 'Basic realm="Lamplight feed", ' if request.path.startswith("/feed") else ""
        answer.headers["WWW-Authenticate"] = basic + 'Bearer realm="Lamplight"'
    if isinstance(error, TooManyRequests | Busy):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, DatabaseAway):
        answer.headers["Retry-After"] = "5"
    return answer


def _answer_http(error: HTTPException) -> AnyResponse:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    title = HTTPStatus(status).phrase
    detail = error.description or title
    answer = _page(title, detail, status) if wants_html(request) else problem(status, title, detail)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _answer_unexpected(error: Exception) -> AnyResponse:
    """Say an id and nothing else; the log has the rest."""
    reference = uuid.uuid4().hex[:12]
    log.error(
        "unexpected", reference=reference, method=request.method, endpoint=request.endpoint, exc_info=error
    )
    title, detail = "Something went wrong here", "It is our mistake, not yours. Nothing was stored."
    if wants_html(request):
        return _page(title, detail, HTTPStatus.INTERNAL_SERVER_ERROR, reference)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, title, f"{detail} Reference {reference}.")


def init_app(app: Flask) -> None:
    """Answer every error in one shape: a page to a browser, problem+json to a program."""
    app.register_error_handler(LamplightError, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)
