"""Folders of downloads: what a killed process left goes, what is being written and what is not ours stays."""

import os
import tempfile
import time
from pathlib import Path

import pytest

from geoapp.feed import leftovers


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def made(path: Path, age_s: float, content: float | None = None) -> Path:
    path.mkdir()
    if content is not None:
        (path / "concerns.gpkg").write_bytes(b"half")
        os.utime(path / "concerns.gpkg", (time.time() - content,) * 2)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_what_is_stale_goes_with_the_next_download(place: Path) -> None:
    stale = made(place / "lamplight-feed-old", 8_000, content=7_500)
    empty = made(place / "lamplight-feed-empty", 8_000)
    written = made(place / "lamplight-feed-slow", 8_000, content=60)
    young = made(place / "lamplight-feed-young", 60, content=60)
    other = made(place / "somebody-elses", 8_000, content=8_000)
    outside = made(place / "kept", 8_000, content=8_000)
    (place / "lamplight-feed-link").symlink_to(outside)
    new = leftovers.folder()
    assert new.is_dir()
    assert not stale.exists()
    assert not empty.exists()
    assert all(each.exists() for each in (written, young, other, outside, outside / "concerns.gpkg"))
