from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from jinja2 import UndefinedError
from werkzeug.datastructures import Headers

from geoapp import pages
from geoapp.access import Person, Role

LAMBETH_PLANNER = Person(
    UUID(int=1), "mel@council.example", "Mel Okafor", Role.PLANNER, 1, "Lambeth", ("Lambeth", "Southwark")
)


@pytest.fixture
def app() -> Flask:
    app = Flask("geoapp", static_folder=None)
    app.testing = True
    pages.init_app(app, person=lambda: None)
    app.add_url_rule("/page", "page", lambda: "<p>a page</p>")
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def own_static(app: Flask, tmp_path: Path) -> Iterator[Path]:
    app.static_folder = str(tmp_path)
    with app.test_request_context():
        yield tmp_path


def headers_of(client: FlaskClient, path: str) -> Headers:
    with client.get(path) as response:  # a file stays open until its answer is closed
        return response.headers


def policy(client: FlaskClient, path: str = "/page") -> dict[str, str]:
    header = client.get(path).headers["Content-Security-Policy"]
    return dict(directive.split(" ", 1) for directive in header.split("; "))


def test_parts_of_a_page_say_only_what_is_heeded_of_them(client: FlaskClient, own_static: Path) -> None:
    for name in ("a.js", "a.css", "a.woff2", "a.svg"):
        (own_static / name).write_text("<svg/>")
    for name in ("a.js", "a.css", "a.woff2"):
        headers = headers_of(client, f"/static/{name}")
        assert "Content-Security-Policy" not in headers
        assert "Permissions-Policy" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "no-referrer"
    # A picture can be opened as a document, with scripts in it; what is not there is answered by a page.
    for path in ("/static/a.svg", "/static/missing.js"):
        assert "'none'" in headers_of(client, path)["Content-Security-Policy"]


def test_every_answer_forbids_what_it_does_not_need(client: FlaskClient) -> None:
    allowed = policy(client)
    assert allowed["default-src"] == "'none'"
    assert allowed["frame-ancestors"] == "'none'"
    assert allowed["base-uri"] == "'none'"
    assert allowed["form-action"] == "'self'"
    assert "unsafe" not in " ".join(allowed.values())
    assert "http" not in " ".join(allowed.values())


@pytest.mark.parametrize("path", ["/page", "/nowhere", "/static/img/icon.svg"])
def test_pages_errors_and_pictures_carry_the_same_headers(client: FlaskClient, path: str) -> None:
    headers = headers_of(client, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for name in ("geolocation", "camera", "microphone"):
        assert f"{name}=(self)" in headers["Permissions-Policy"]
    assert "payment=()" in headers["Permissions-Policy"]


def test_a_header_that_a_view_has_set_stays(app: Flask) -> None:
    app.add_url_rule("/open", "open", lambda: ("{}", {"Cross-Origin-Resource-Policy": "cross-origin"}))
    headers = app.test_client().get("/open").headers
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]


def test_transport_security_is_promised_over_https_alone(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/page").headers
    assert (
        "max-age=31536000"
        in client.get("/page", base_url="https://l.example").headers["Strict-Transport-Security"]
    )


def test_the_nonce_differs_per_request_and_is_one_within_it(app: Flask) -> None:
    app.add_url_rule("/n", "n", lambda: render_template_string("{{ csp_nonce() }} {{ csp_nonce() }}"))
    client = app.test_client()
    seen = set()
    for _ in range(3):
        response = client.get("/n")
        first, second = response.text.split(" ")
        assert first == second
        assert f"'nonce-{first}'" in response.headers["Content-Security-Policy"]
        seen.add(first)
    assert len(seen) == 3


def test_what_a_signed_in_person_was_shown_is_not_stored(client: FlaskClient) -> None:
    assert client.get("/page").headers["Cache-Control"] == "no-cache"
    client.set_cookie("session", "anything")
    assert client.get("/page").headers["Cache-Control"] == "no-store"


def test_the_address_of_a_file_changes_with_its_content(own_static: Path) -> None:
    file = own_static / "a.css"
    file.write_text("a{}")
    # SHA-256 of "a{}", by sha256sum.
    assert pages.asset_url("a.css") == "/static/a.css?v=5f546eb4606b"
    file.write_text("a{color:red}")
    assert pages.asset_url("a.css") not in {"/static/a.css", "/static/a.css?v=5f546eb4606b"}


@pytest.mark.usefixtures("own_static")
def test_a_file_that_is_not_there_gets_its_bare_address() -> None:
    assert pages.asset_url("vendor/nothing.css") == "/static/vendor/nothing.css"


def test_only_an_address_with_the_right_hash_is_kept_for_good(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = pages.asset_url("css/tokens.css")
    assert headers_of(client, address)["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/static/css/tokens.css", "/static/css/tokens.css?v=000000000000"):
        assert "immutable" not in headers_of(client, other)["Cache-Control"]


def test_a_name_that_is_missing_is_a_mistake_in_ours_and_none_in_components(app: Flask) -> None:
    component = (
        '{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}'
        '{{ govukButton({"text": "Save <it>"}) }}'
    )
    with app.test_request_context():
        assert "Save &lt;it&gt;" in render_template_string(component)
        with pytest.raises(UndefinedError):
            render_template_string("{{ missing }}")
        with pytest.raises(UndefinedError):
            render_template_string("{% if missing %}{% endif %}")


@pytest.mark.parametrize("template", ["login.html", "error.html", "style.html"])
def test_no_page_has_a_style_attribute_or_a_script_without_nonce(app: Flask, template: str) -> None:
    words: dict[str, Any] = {"title": "Away", "detail": "The database cannot be reached."}
    with app.test_request_context():
        page = app.jinja_env.get_or_select_template(template).render(
            **words, demo=True, current_person=lambda: LAMBETH_PLANNER
        )
        assert " style=" not in page
        assert " onclick=" not in page
        for tag in page.split("<script")[1:]:
            assert f'nonce="{pages.csp_nonce()}"' in tag.split(">")[0] or " src=" in tag.split(">")[0]


def test_the_header_says_who_is_signed_in_and_that_figures_are_invented(app: Flask) -> None:
    app.extensions["lamplight_demo"] = True
    with app.test_request_context():
        page = app.jinja_env.get_template("style.html").render(
            demo=True, current_person=lambda: LAMBETH_PLANNER
        )
    assert "Planner · Lambeth, Southwark" in page
    assert '>Demo<span class="header__more"> figures, invented</span>' in page
    assert 'aria-current="page">Map</a>' in page


def test_an_error_page_asks_nobody_who_is_signed_in(app: Flask) -> None:
    def away() -> None:
        raise AssertionError("the database is away, and the error page asked it")

    with app.test_request_context():
        page = app.jinja_env.get_template("error.html").render(
            title="Away", detail="Later.", reference="7c1e", demo=False, current_person=away
        )
    assert "7c1e" in page


def test_an_error_page_speaks_plainly_where_http_has_words_of_its_own(app: Flask) -> None:
    frame = {"demo": False, "current_person": lambda: None}
    with app.test_request_context():
        template = app.jinja_env.get_template("error.html")
        missing = template.render(title="Not Found", detail="The URL was not found.", status=404, **frame)
        barred = template.render(title="You may not do this", detail="Not you.", status=403, **frame)
    assert "There is nothing at this address." in missing
    assert "URL" not in missing
    assert "ask your administrator" in barred


def test_the_style_page_is_for_builders_alone() -> None:
    production = Flask("geoapp", static_folder=None)
    pages.init_app(production, person=lambda: None)
    assert production.test_client().get("/style").status_code == 404


def test_no_file_that_is_served_uses_the_government_typeface_or_its_crown() -> None:
    if not (pages.STATIC / "vendor" / "govuk-frontend").is_dir():
        pytest.skip("static/vendor is filled by the set-up")
    for file in pages.STATIC.rglob("*"):
        assert not any(word in file.name.lower() for word in ("crown", "crest")), file
        if file.suffix == ".css":
            text = file.read_text()
            assert "GDS Transport" not in text, file
            assert "/assets/" not in text, file
            assert "crest" not in text, file
