"""The phone's app without a browser: the same page for all, files by their hash, and who is told what."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.usefixtures("squares")
SignIn = Callable[[str], FlaskClient]


def app_of(worker: str) -> dict[str, Any]:
    """What the service worker knows: version, page, files."""
    found = re.match(r"const APP = (\{.*?\});\n", worker)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_the_page_is_the_same_for_everybody_and_names_nobody(signed_in: SignIn) -> None:
    brixton, peckham = (signed_in(who).get("/capture/") for who in ("brixton_officer", "peckham_officer"))
    assert brixton.data == peckham.data
    page = brixton.get_data(as_text=True)
    assert "lamplight.example" not in page
    assert "csrf" not in page
    assert not re.search(r"<[^>]+\s(on[a-z]+|style)=", page)
    assert "<script>" not in page
    assert "needs JavaScript" in page
    assert "unsafe" not in brixton.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 200), ("analyst", 403), ("lambeth_planner", 403)]
)
def test_it_is_for_those_who_record(signed_in: SignIn, who: str, status: int) -> None:
    browser = signed_in(who)
    for path in ("/capture/", "/capture/me"):
        assert browser.get(path).status_code == status


def test_what_browsers_fetch_without_a_cookie_is_public_and_says_nothing_of_anybody(
    client: FlaskClient, signed_in: SignIn
) -> None:
    worker = client.get("/capture/worker.js")
    version = app_of(worker.get_data(as_text=True))["version"]
    paths = ("worker.js", "manifest.webmanifest", f"files/{version}/js/app/main.js")
    strangers = [client.get(f"/capture/{path}") for path in paths]
    known = [signed_in("brixton_officer").get(f"/capture/{path}") for path in paths]
    for stranger, officer in zip(strangers, known, strict=True):
        assert stranger.status_code == 200
        assert "Set-Cookie" not in stranger.headers
        assert stranger.data == officer.data
    assert client.get("/capture/", headers={"Accept": "application/json"}).status_code == 401


def test_a_worker_that_sends_imports_the_apps_own_sender(client: FlaskClient, signed_in: SignIn) -> None:
    """Browsers send no cookie for a worker that is a module, nor for what it imports."""
    for address in ("/capture/worker.js", "/capture/worker.js?sends"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.data == signed_in("brixton_officer").get(address).data
        assert "Set-Cookie" not in answer.headers
    sends = client.get("/capture/worker.js?sends").get_data(as_text=True)
    (imported,) = re.findall(r'^import \{ sendWaiting \} from "([^"]+)";$', sends, re.MULTILINE)
    assert client.get(imported).content_type == "text/javascript; charset=utf-8"
    plain = client.get("/capture/worker.js").get_data(as_text=True)
    assert plain == sends.replace(f'import {{ sendWaiting }} from "{imported}";', "const sendWaiting = null;")


def test_an_address_of_before_leads_to_the_desk(signed_in: SignIn) -> None:
    answer = signed_in("brixton_officer").get("/capture/?walk=018f0000-0000-7000-8000-000000000001")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/capture/desk?walk=018f0000-0000-7000-8000-000000000001")


def test_every_file_of_the_worker_is_served_as_it_says(signed_in: SignIn) -> None:
    browser = signed_in("brixton_officer")
    app = app_of(browser.get("/capture/worker.js").get_data(as_text=True))
    page = browser.get(app["page"]).get_data(as_text=True)
    assert f"/capture/files/{app['version']}/js/app/main.js" in page
    total = 0
    for path, hashed in app["files"].items():
        answer = browser.get(f"/capture/files/{app['version']}/{path}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"]
        body = answer.data
        total += len(body)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert hashlib.sha256(body).hexdigest() == hashed, path
        plain = browser.get(f"/capture/files/{app['version']}/{path}")
        assert "Content-Encoding" not in plain.headers
        assert plain.data == body
    packed = browser.get(app["page"], headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data).decode() == page
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert total + len(packed.data) < 250_000


@pytest.mark.parametrize(
    "path", ["js/capture.js", "../geoapp/config.py", "css/../css/tokens.css", "js/app/worker.js", "css"]
)
def test_no_other_file_is_served(signed_in: SignIn, path: str) -> None:
    browser = signed_in("brixton_officer")
    version = app_of(browser.get("/capture/worker.js").get_data(as_text=True))["version"]
    assert browser.get(f"/capture/files/{version}/{path}").status_code == 404


def test_another_version_is_not_served(signed_in: SignIn) -> None:
    assert signed_in("brixton_officer").get("/capture/files/0123/css/tokens.css").status_code == 404


def test_modules_import_only_what_the_worker_keeps(signed_in: SignIn) -> None:
    browser = signed_in("brixton_officer")
    app = app_of(browser.get("/capture/worker.js").get_data(as_text=True))
    modules = [path for path in app["files"] if path.startswith("js/app/")]
    assert len(modules) > 15
    for path in modules:
        text = browser.get(f"/capture/files/{app['version']}/{path}").get_data(as_text=True)
        for wanted in re.findall(r"""from "(\.[^"]+)"|import\("(\./[^"]+)"\)""", text):
            name = wanted[0] or wanted[1]
            steps = path.split("/")[:-1]
            for part in name.split("/"):
                if part == "..":
                    steps.pop()
                elif part != ".":
                    steps.append(part)
            assert "/".join(steps) in app["files"], (path, name)


def test_each_person_has_a_share_of_the_key_that_stays(signed_in: SignIn) -> None:
    first, again, other, colleague = (
        signed_in(who).get("/capture/me").get_json()
        for who in ("brixton_officer", "brixton_officer", "peckham_officer", "coordinator")
    )
    assert first["key_share"] == again["key_share"]
    assert len({first["key_share"], other["key_share"], colleague["key_share"]}) == 3
    assert re.fullmatch("[0-9a-f]{64}", first["key_share"])
    assert first["person"].keys() == {"id", "name", "team"}
    assert {"code": "lighting", "group": "environment", "label": "Lighting"} in first["factors"]


def test_what_is_said_of_a_person_is_not_kept_by_caches(signed_in: SignIn, client: FlaskClient) -> None:
    assert signed_in("brixton_officer").get("/capture/me").headers["Cache-Control"] == "no-store"
    answer = client.get("/capture/me", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
