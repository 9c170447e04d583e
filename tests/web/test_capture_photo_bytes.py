"""What of a photo is served again, byte by byte, and pictures made to be two things at once or too much."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image, PngImagePlugin

from tests.web.capture_phone import Phone, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")
SECRET = b"51.4634437 home of Ann"
# ITU-T T.81, table B.1, and JFIF: start, JFIF's own header, tables, frame, scan, end. No APP1 (EXIF, XMP),
# no APP2 (colour profile, further pictures), no APP13 (IPTC), no comment.
PICTURE_ALONE = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9}


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves() -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (40, 20), "red")
    image.paste("blue", (20, 0, 40, 20))
    return image


def segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """The markers of a JPEG with what they hold, read without any decoder."""
    at = 0
    while at < len(jpeg):
        assert jpeg[at] == 0xFF, at
        marker = jpeg[at + 1]
        if marker in {0xD8, 0xD9}:
            yield marker, b""
            at += 2
            continue
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        yield marker, jpeg[at + 4 : at + 2 + length]
        at += 2 + length
        if (
            marker == 0xDA
        ):  # the coded picture goes on to the next marker that is neither stuffing nor restart
            while jpeg[at] != 0xFF or jpeg[at + 1] in {0, *range(0xD0, 0xD8)}:
                at += 1


def served(phone: Phone, sent: bytes) -> bytes:
    """The photo as it is given out, nothing but a picture."""
    path = f"/concerns/{new_id()}/photo"
    answer = phone.put(path, sent, Content_Type="image/jpeg")
    assert answer.status_code == 201, answer.get_json()
    data = phone.get(path).data
    found = list(segments(data))
    assert {marker for marker, _ in found} == PICTURE_ALONE
    assert found[-1][0] == 0xD9  # and nothing follows the end
    assert [held[:5] for marker, held in found if marker == 0xE0] == [b"JFIF\0"]
    assert [len(held) for marker, held in found if marker == 0xE0] == [14]  # no thumbnail in it
    assert SECRET not in data
    assert SECRET[::-1] not in data
    return data


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (51.0, 27.0, 48.4), 3: "W", 4: (0.0, 7.0, 18.9)})
    return data


def test_the_bytes_served_hold_a_picture_and_nothing_else(phone: Phone) -> None:
    beside = {"exif": exif(6), "icc_profile": SECRET * 10, "xmp": b"<x:xmpmeta>" + SECRET}
    jpeg = encoded(halves(), "JPEG", comment=SECRET, **beside)
    assert {0xE1, 0xE2, 0xFE} <= {marker for marker, _ in segments(jpeg)}  # it was all there
    served(phone, jpeg)
    served(phone, encoded(halves(), "JPEG", progressive=True, comment=SECRET, **beside))
    served(phone, encoded(halves(), "WEBP", **beside))
    words = PngImagePlugin.PngInfo()
    words.add_text("Location", SECRET.decode())
    served(phone, encoded(halves(), "PNG", pnginfo=words, exif=exif(), icc_profile=SECRET))


def test_a_picture_within_the_picture_goes_too(phone: Phone) -> None:
    """Phones put a second, larger or uncropped picture behind the first (MPF), and thumbnails into EXIF."""
    several = encoded(halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (40, 20), "white")])
    assert several.count(b"\xff\xd8\xff") == 2
    data = served(phone, several)
    assert data.count(b"\xff\xd8") == 1
    thumbnail = encoded(Image.new("RGB", (8, 8), "white"), "JPEG", comment=SECRET)
    block = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 8) + b"Exif\0\0" + thumbnail
    plain = encoded(halves(), "JPEG")
    served(phone, plain[:2] + block + plain[2:])


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("names.txt", SECRET)
    return out.getvalue()


@pytest.mark.parametrize(
    "more",
    [
        archive(),
        b"<?php system($_GET[0]); ?>" + SECRET,
        b"<svg onload=alert(1)>" + SECRET,
        b"%PDF-1.7\n" + SECRET,
        b"MZ" + SECRET,
    ],
    ids=["zip", "php", "svg", "pdf", "exe"],
)
def test_what_is_a_picture_and_something_else_is_a_picture_afterwards(phone: Phone, more: bytes) -> None:
    assert not zipfile.is_zipfile(io.BytesIO(served(phone, encoded(halves(), "JPEG") + more)))
    served(phone, encoded(halves(), "PNG") + more)
    served(phone, encoded(halves(), "WEBP") + more)
    served(phone, encoded(halves(), "JPEG", comment=more))


# Type, count and bytes of the orientation as EXIF holds it: 2 is text, 3 a short, 7 anything, 11 a float.
@pytest.mark.parametrize(
    ("kind", "count", "packed"),
    [
        (3, 1, b"\0\0"),
        (3, 1, b"\x09\0"),
        (3, 1, b"\xff\xff"),
        (3, 2, b"\x06\0\x06\0"),
        (3, 0, b""),
        (2, 4, b"six\0"),
        (7, 1, b"\xff"),
        (11, 1, struct.pack("<f", 3.5)),
        (99, 0xFFFFFFFF, b"\xff\xff\xff\xff"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it reads there, and goes on
def test_an_orientation_that_is_none_does_not_cost_the_photo(
    phone: Phone, kind: int, count: int, packed: bytes
) -> None:
    entry = struct.pack("<HHI", 0x0112, kind, count) + packed.ljust(4, b"\0")
    block = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + b"\0\0\0\0"
    image = Image.open(io.BytesIO(served(phone, encoded(halves(), "JPEG", exif=block, quality=95))))
    assert sorted(image.size) == [20, 40]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_moving_picture_of_thousands_costs_one(phone: Phone) -> None:
    frames = [Image.new("RGB", (40, 20), (shade % 256, 0, 0)) for shade in range(1, 400)]
    for kind in ("PNG", "WEBP"):
        moving = encoded(halves(), kind, save_all=True, append_images=frames, duration=10)
        image = Image.open(io.BytesIO(served(phone, moving)))
        assert getattr(image, "n_frames", 1) == 1
    # An APNG that promises 4 billion pictures.
    still = encoded(halves(), "PNG")
    promised = png_chunk(b"acTL", struct.pack(">II", 0xFFFFFFFF, 0))
    answer = phone.put(f"/concerns/{new_id()}/photo", still[:33] + promised + still[33:])
    assert answer.status_code in {201, 422}


def test_a_frame_larger_than_its_picture_is_not_unpacked(phone: Phone) -> None:
    still = encoded(halves(), "PNG")
    control = struct.pack(">IIIIIHHBB", 0, 100_000, 100_000, 0, 0, 1, 1, 0, 0)
    wide = png_chunk(b"acTL", struct.pack(">II", 1, 0)) + png_chunk(b"fcTL", control)
    before = rows("photo")
    answer = phone.put(f"/concerns/{new_id()}/photo", still[:33] + wide + still[33:])
    assert answer.status_code in {201, 422}
    assert rows("photo")["photo"] - before["photo"] == (answer.status_code == 201)


def test_packed_colour_profiles_are_not_a_way_in(phone: Phone) -> None:
    still = encoded(halves(), "PNG")
    bomb = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(b"x" * 50_000_000, 1))
    problem(phone.put(f"/concerns/{new_id()}/photo", still[:33] + bomb + still[33:]), 422)


def test_a_header_that_lies_about_its_size(phone: Phone) -> None:
    """A JPEG of 40 by 20 whose frame says 65,500 by 65,500: refused by that, nothing unpacked."""
    plain = encoded(halves(), "JPEG")
    at = plain.index(b"\xff\xc0") + 5
    lying = plain[:at] + struct.pack(">HH", 65_500, 65_500) + plain[at + 4 :]
    problem(phone.put(f"/concerns/{new_id()}/photo", lying), 422)
