"""Public pages in other languages: nothing left untranslated, dates and direction right, Welsh whole."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages import extract, pofile
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import create_app, db
from geoapp.config import Settings
from tests.joining_world import ask, confirm, link, publish, send
from tests.scheme_world import WALK, person

pytestmark = pytest.mark.usefixtures("squares", "personas")
ROOT = Path(__file__).resolve().parents[2]
PSEUDO = "lang=qps"
# What pages show that is nobody's to translate: names, what people wrote, marks and units.
DATA = [
    "Lamplight",
    "English",
    "Cymraeg",
    "⟦Pseudo⟧",
    "Ward A",
    "Ward B",
    "Ward C",
    "Ward D",
    "Lambeth",
    "Southwark",
    WALK.title,
    WALK.details,
    WALK.meeting_words or "",
    WALK.word,
    WALK.officer_number,
    "Priya",
    "LW",
    "Dana",
    "dana@post.example",
    "I use a stick",
    "not at the back",
    "km",
]
_SPOKEN = {"aria-label", "title", "alt", "placeholder", "label"}


class _Words(HTMLParser):
    """Everything on a page that is read or spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "code"}:
            self.quiet += 1
        held = dict(attrs)
        self.found += [value for name, value in attrs if name in _SPOKEN and value]
        if tag == "meta" and held.get("name") == "description":
            self.found.append(held.get("content") or "")
        if tag == "button" and held.get("value"):
            self.found.append(held["value"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "code"}:
            self.quiet -= 1

    def handle_data(self, data: str) -> None:
        if not self.quiet and data.strip():
            self.found.append(data.strip())


def left_over(page: str) -> list[str]:
    """What a page says in Latin letters outside of the pseudo-language's brackets, and that is not data."""
    words = _Words()
    words.feed(page)
    words.close()
    whole = "\x00".join(words.found)
    for each in sorted(DATA, key=len, reverse=True):
        whole = whole.replace(each, "") if each else whole
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", whole)) != whole:
        whole = shorter
    return [each for each in whole.split("\x00") if re.search(r"[A-Za-z]{2,}", each)]


@pytest.fixture(scope="module")
def app(opened: Settings) -> Flask:
    made = create_app(replace(opened, limits=replace(opened.limits, ask_seconds=0.0)))
    made.testing = True
    made.extensions["lamplight_demo"] = True
    return made


def run(statement: str, **values: object) -> Any:
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


@pytest.fixture(autouse=True)
def clean(opened: Settings) -> Iterator[None]:  # noqa: ARG001 (the database has to be open)
    yield
    for table in ("participant.request", "participant.asking", "joinable_walk"):
        run(f"DELETE FROM {table}")  # noqa: S608 (constants of this test)


def test_the_check_itself_sees_what_was_forgotten() -> None:
    assert left_over("<p>⟦Join⟧</p><p>Join a walk</p><img alt='A map'>") == ["Join a walk", "A map"]


def test_no_public_string_is_left_untranslated(client: FlaskClient, personas: Any) -> None:  # noqa: ARG001 (they have to be there)
    coordinator = person("coordinator@lamplight.example")
    walk_id = publish(coordinator)
    publish(coordinator, places=1, kind="one_to_one", step_free=False, officer_first_name=None)
    left: dict[str, list[str]] = {}

    def look(path: str, page: str) -> None:
        left[path] = left_over(page)

    pages = ["/", "/walks", "/walks?near=Ward+A", "/walks?near=Atlantis", "/walks?ward=E05000001"]
    pages += [f"/walks/{walk_id}", f"/walks/{walk_id}/ask", "/walks/ask"]
    pages += ["/said-and-did", "/said-and-did/E05000001"]
    for path in pages:
        join = "&" if "?" in path else "?"
        look(path, client.get(f"{path}{join}{PSEUDO}").get_data(as_text=True))
    look("refused", ask(client, walk_id, first_name="", email="", phone="", adult="").get_data(as_text=True))
    look("noticed", ask(client, walk_id, website="x").get_data(as_text=True))
    mine = link(ask(client, walk_id))
    look("asked", client.get(mine).get_data(as_text=True))
    look("change", client.get(f"{mine}/change").get_data(as_text=True))
    confirm(coordinator, run("SELECT id FROM participant.request")[0][0])
    look("confirmed", client.get(mine).get_data(as_text=True))
    run("UPDATE participant.request SET state = 'changed'")
    look("changed", client.get(mine).get_data(as_text=True))
    run("UPDATE participant.request SET state = 'done', no_show = false")
    look("done", client.get(mine).get_data(as_text=True))
    look("erased", send(client, f"{mine}/change", f"{mine}/erase").get_data(as_text=True))
    assert {path: found for path, found in left.items() if found} == {}


def test_a_right_to_left_page_says_so_and_keeps_to_it(client: FlaskClient) -> None:
    first = client.get(f"/walks?{PSEUDO}")
    assert 'dir="rtl"' in first.get_data(as_text=True)
    assert 'dir="rtl"' in client.get("/said-and-did").get_data(as_text=True)  # the cookie keeps it
    assert 'dir="rtl"' not in client.get("/said-and-did?lang=en").get_data(as_text=True)


def test_style_sheets_of_public_pages_take_no_sides() -> None:
    sheet = (ROOT / "static" / "css" / "public.css").read_text()
    without_turned = re.sub(r'\[dir="rtl"\][^{]*\{[^}]*\}', "", sheet)
    assert (
        re.findall(
            r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|float:", without_turned
        )
        == []
    )


def test_welsh_has_its_tag_its_dates_and_its_words(client: FlaskClient, personas: Any) -> None:  # noqa: ARG001 (they have to be there)
    walk_id = publish(person("coordinator@lamplight.example"))
    answer = client.get(f"/walks/{walk_id}?lang=cy")
    page = answer.get_data(as_text=True)
    assert '<html lang="cy"' in page
    assert answer.headers["Content-Language"] == "cy"
    assert re.search(r"dydd (Llun|Mawrth|Mercher|Iau|Gwener|Sadwrn|Sul)", page, re.IGNORECASE)
    assert "Gofyn am gael ymuno" in page
    assert "lle ar ôl" in page or "le ar ôl" in page
    assert 'lang="en-GB" hreflang="en-GB">English</a>' in page


@pytest.mark.parametrize("wanted", ["de", "", "../../etc", "cy%00", "CY"])
def test_an_unknown_language_is_english(client: FlaskClient, wanted: str) -> None:
    answer = client.get(f"/walks?lang={wanted}")
    assert answer.status_code == 200
    assert '<html lang="en-GB"' in answer.get_data(as_text=True)
    assert "lamplight_language" not in answer.headers.get("Set-Cookie", "")


def test_the_pseudo_language_is_not_offered_in_production(opened: Settings) -> None:
    page = create_app(opened).test_client().get(f"/walks?{PSEUDO}").get_data(as_text=True)
    assert "⟦" not in page
    assert "Cymraeg" in page


def test_staff_pages_stay_english(client: FlaskClient) -> None:
    assert '<html lang="en-GB"' in client.get("/login?lang=cy").get_data(as_text=True)


def extracted() -> set[str]:
    """Every string that the code and the templates ask a translation for; of plurals the first form."""
    found = set()
    options = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    asked = extract.extract_from_dir(
        ROOT / "geoapp", methods, {"**/templates/**.html": options}, strip_comment_tags=True
    )
    for _file, _line, message, _comments, _context in asked:
        found.add(message if isinstance(message, str) else message[0])
    return found


def test_welsh_is_whole_and_keeps_every_placeholder() -> None:
    file = ROOT / "geoapp" / "translations" / "cy" / "LC_MESSAGES" / "messages.po"
    with file.open("rb") as opened_file:
        catalogue = pofile.read_po(opened_file, locale="cy")
    held = {(each.id if isinstance(each.id, str) else each.id[0]): each for each in catalogue if each.id}
    assert set(held) == extracted()
    for message, each in held.items():
        forms = [each.string] if isinstance(each.string, str) else list(each.string)
        for form in forms:
            assert form, message
            assert set(re.findall(r"%\(\w+\)s", form)) == set(re.findall(r"%\(\w+\)s", message)), message
