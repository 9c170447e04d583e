"""Photos: kept small and plain, whatever was sent along inside them."""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image, PngImagePlugin
from sqlalchemy import text

from geoapp import db
from tests.web.capture_phone import Phone, concern, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")
SECRET = b"51.4634437 home of Ann"


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(width: int = 40, height: int = 20) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def kept(phone: Phone, sent: bytes, **headers: str) -> tuple[Image.Image, bytes]:
    path = f"/concerns/{new_id()}/photo"
    answer = phone.put(path, sent, **{"Content_Type": "image/jpeg"} | headers)
    assert answer.status_code == 201, answer.get_json()
    got = phone.get(path)
    assert got.status_code == 200
    image = Image.open(io.BytesIO(got.data))
    image.load()
    assert (image.format, image.mode) == ("JPEG", "RGB")
    assert (image.width, image.height) == (answer.get_json()["width"], answer.get_json()["height"])
    assert not image.getexif()
    assert not {"exif", "icc_profile", "xmp", "comment", "photoshop", "adobe"} & set(image.info)
    assert SECRET not in got.data
    return image, got.data


def near(pixel: tuple[int, ...], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("said", ["image/jpeg", "image/png", "application/octet-stream", "text/html", ""])
def test_jpeg_png_and_webp_whatever_they_are_called(phone: Phone, kind: str, said: str) -> None:
    image, _ = kept(phone, encoded(halves(), kind), Content_Type=said)
    assert image.size == (40, 20)
    assert near(image.getpixel((5, 10)), RED)
    assert near(image.getpixel((35, 10)), BLUE)


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (51.0, 27.0, 48.4), 3: "W", 4: (0.0, 7.0, 18.9)})
    return data


def test_place_camera_and_comments_do_not_stay(phone: Phone) -> None:
    jpeg = encoded(
        halves(), "JPEG", exif=exif(), comment=SECRET, icc_profile=SECRET * 10, xmp=b"<x>" + SECRET
    )
    assert Image.open(io.BytesIO(jpeg)).getexif().get_ifd(0x8825)
    assert jpeg.count(SECRET) >= 4
    kept(phone, jpeg)
    kept(phone, jpeg + SECRET)  # what follows the picture goes too
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    kept(phone, encoded(halves(), "PNG", pnginfo=words, exif=exif()))
    kept(phone, encoded(halves(), "WEBP", exif=exif(), xmp=SECRET, icc_profile=SECRET))


# Where red, the left of the picture as stored, is when it is shown (EXIF 2.32, orientation).
@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (40, 20), (5, 10)),
        (2, (40, 20), (35, 10)),
        (3, (40, 20), (35, 10)),
        (4, (40, 20), (5, 10)),
        (5, (20, 40), (10, 5)),
        (6, (20, 40), (10, 5)),
        (7, (20, 40), (10, 35)),
        (8, (20, 40), (10, 35)),
        (99, (40, 20), (5, 10)),
    ],
)
def test_pictures_stand_upright(
    phone: Phone, orientation: int, size: tuple[int, int], red: tuple[int, int]
) -> None:
    image, _ = kept(phone, encoded(halves(), "JPEG", exif=exif(orientation), quality=95))
    assert image.size == size
    assert near(image.getpixel(red), RED)


def test_the_longest_side_is_2560(phone: Phone) -> None:
    assert kept(phone, encoded(halves(5000, 2000), "JPEG"))[0].size == (2560, 1024)
    assert kept(phone, encoded(Image.new("RGB", (30, 9000)), "PNG"))[0].size[1] == 2560
    assert kept(phone, encoded(halves(2560, 100), "PNG"))[0].size == (2560, 100)
    assert kept(phone, encoded(Image.new("L", (20_000, 1)), "PNG"))[0].size == (2560, 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel(phone: Phone, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    grey = Image.new("L", (20, 20), 255).convert("I").point(lambda v: v * 257) if mode[0] == "I" else None
    image = grey.convert(mode) if grey else halves(20, 20).convert(mode)
    if mode in {"LA", "RGBA"}:
        image.putalpha(0)
    found, _ = kept(phone, encoded(image, kind))
    # See-through is white, and so is a 16-bit level of 65,535.
    assert near(found.getpixel((10, 10)), WHITE) == (mode in {"LA", "RGBA", "I;16"})


def test_a_photo_repeats_like_any_other_write(phone: Phone) -> None:
    one, other = encoded(halves(), "PNG"), encoded(halves(60, 30), "PNG")
    path = f"/concerns/{new_id()}"
    first = phone.put(f"{path}/photo", one)
    assert first.status_code == 201
    assert first.get_json()["hash"] == hashlib.sha256(one).hexdigest()
    assert phone.put(f"{path}/photo", one).status_code == 200
    problem(phone.put(f"{path}/photo", other), 409)
    problem(phone.put(f"{path}/photo", other, If_Match='"old"'), 412)
    got = phone.get(f"{path}/photo")
    assert got.headers["ETag"] == first.headers["ETag"]
    assert phone.put(f"{path}/photo", other, If_Match=got.headers["ETag"]).status_code == 200
    assert phone.put(f"{path}/photo", other, If_Match=got.headers["ETag"]).status_code == 200
    assert phone("DELETE", path).status_code == 204
    assert rows("photo") == {"photo": _photos()}
    problem(phone.put(f"{path}/photo", one), 410)
    problem(phone.get(f"{path}/photo"), 410)


def _photos() -> int:
    """Photos of concerns that were not removed: all there should be."""
    with db.reading() as connection:
        return connection.execute(
            text("SELECT count(*) FROM photo WHERE concern_id NOT IN (SELECT concern_id FROM tombstone)")
        ).scalar_one()


def test_a_photo_before_its_concern_is_in_the_receipt_once_that_has_come(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    sent = encoded(halves(), "WEBP")
    assert phone.put(f"/concerns/{one}/photo", sent).status_code == 201
    phone.put(f"/walks/{walk}", {"started_at": "2026-02-10T19:00:00Z"})
    assert phone.get(f"/walks/{walk}/receipt").get_json()["photos"] == []
    phone.put(f"/concerns/{one}", concern(walk))
    receipt = phone.get(f"/walks/{walk}/receipt").get_json()
    assert receipt["photos"] == [{"concern": one, "hash": hashlib.sha256(sent).hexdigest()}]
    phone("DELETE", f"/concerns/{one}")
    assert phone.get(f"/walks/{walk}/receipt").get_json()["photos"] == []


def test_it_is_given_out_as_a_picture_and_to_this_reader_alone(phone: Phone) -> None:
    path = f"/concerns/{new_id()}/photo"
    phone.put(path, encoded(halves(), "PNG"))
    got = phone.get(path)
    assert got.content_type == "image/jpeg"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "private, no-store"
    problem(phone.get(f"/concerns/{new_id()}/photo"), 404)


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its few bytes hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG with 50 MB of text packed into some kB."""
    whole = encoded(halves(), "PNG")
    data = b"Comment\0\0" + zlib.compress(b"x" * 50_000_000, 1)
    bomb = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return whole[:33] + bomb + whole[33:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE: dict[str, tuple[Callable[[], bytes], int]] = {
    "nothing": (lambda: b"", 400),
    "zeros": (lambda: bytes(1000), 415),
    "text": (lambda: b"hello", 415),
    "svg": (lambda: SVG, 415),
    "svg after a jpeg's first bytes": (lambda: b"\xff\xd8\xff" + SVG, 422),
    "html": (lambda: b"<html><script>alert(1)</script>", 415),
    "a gif of 10,000 pictures": (
        lambda: (
            encoded(Image.new("P", (1, 1)), "GIF")[:-1]
            + b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0" * 10_000
            + b";"
        ),
        415,
    ),
    "tiff": (lambda: encoded(halves(), "TIFF"), 415),
    "bmp": (lambda: encoded(halves(), "BMP"), 415),
    "postscript": (lambda: encoded(halves(), "EPS"), 415),
    "a jpeg cut off": (lambda: encoded(halves(800, 600), "JPEG", quality=95)[:3000], 422),
    "a png cut off": (lambda: encoded(Image.effect_noise((200, 200), 90), "PNG")[:-2000], 422),
    "a webp cut off": (lambda: encoded(Image.effect_noise((200, 200), 90), "WEBP")[:-2000], 422),
    "a png of 10 billion pixels": (lambda: png_of(100_000, 100_000), 422),
    "a png of 100 million pixels": (lambda: png_of(10_000, 10_000), 422),
    "a png just over 25 megapixels": (lambda: png_of(5000, 5001), 422),
    "a png of no height": (lambda: png_of(5000, 0), 422),
    "a png with less than it promises": (lambda: png_of(1000, 1000), 422),
    "a png with 50 MB of text": (text_bomb, 422),
    "over 10 MB": (lambda: encoded(halves(), "JPEG") + bytes(10 * 1024 * 1024), 413),
}


@pytest.mark.parametrize(("made", "status"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_pictures_are_refused_and_not_kept(
    phone: Phone, made: Callable[[], bytes], status: int
) -> None:
    before = rows()
    sent = made()
    problem(phone.put(f"/concerns/{new_id()}/photo", sent, Content_Type="image/jpeg"), status)
    assert rows() == before


def test_a_picture_that_is_also_a_page_loses_the_page(phone: Phone) -> None:
    page = b"<script>alert(1)</script>" + SECRET
    _, data = kept(phone, encoded(halves(), "JPEG", comment=page) + page)
    assert b"script" not in data


def test_of_a_moving_picture_the_first_stays(phone: Phone) -> None:
    frames = [Image.new("RGB", (10, 10), "blue")] * 50
    for kind in ("WEBP", "PNG"):
        moving = encoded(Image.new("RGB", (10, 10), "red"), kind, save_all=True, append_images=frames)
        image, _ = kept(phone, moving)
        assert near(image.getpixel((5, 5)), RED)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # Pillow warns of it and goes on
def test_broken_metadata_does_not_cost_the_photo(phone: Phone) -> None:
    kept(phone, encoded(halves(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 50))
