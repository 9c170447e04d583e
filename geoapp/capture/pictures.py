"""Photos from phones, made into plain JPEG: upright, of a useful size, with nothing beside the picture."""

import io
import re
import threading
from dataclasses import dataclass
from typing import Final

from PIL import Image

from geoapp.errors import Refused, WrongMediaType, refused

LONGEST_SIDE_PX: Final = 2560
_QUALITY: Final = 85
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
# What files of these kinds begin with, to tell a broken photo from something else.
_SIGNED: Final = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)
# A photo unpacks to some 100 MB: all threads of a process at once would be more memory than there is.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_ORIENTATION: Final = 0x0112
# What EXIF 2.32 (CIPA DC-008, 2019), section 4.6.4 A, says the camera was held like.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A JPEG without EXIF, XMP, colour profile or comment, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def redrawn(data: bytes, *, most_pixels: int) -> Picture:
    """Return the first picture of a JPEG, PNG or WebP, whatever it is called, drawn anew as JPEG.

    Its longest side is at most 2,560 px. WrongMediaType when the bytes are none of these; Refused when there
    are over `most_pixels` (told from the header, before anything is unpacked) or the picture is broken.
    Needs about 4 bytes of memory for each pixel sent; two at a time are drawn, others wait.
    """
    with _AT_ONCE:
        return _redrawn(_opened(data, most_pixels))


def _redrawn(image: Image.Image) -> Picture:
    try:
        turn = _UPRIGHT.get(_orientation(image))
        image.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        image.load()
        plain = _on_white(image)
        plain.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        if turn is not None:
            plain = plain.transpose(turn)
        return _as_jpeg(plain)
    except Exception as error:  # decoders raise whatever hostile bytes lead them to
        raise _broken() from error


def _opened(data: bytes, most_pixels: int) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(most_pixels) from error
    except Exception as error:  # as below
        if _SIGNED.match(data):
            raise _broken() from error
        raise WrongMediaType("Send a photo as JPEG, PNG or WebP.") from error
    if image.width * image.height > most_pixels:
        raise _too_many_pixels(most_pixels)
    return image


def _broken() -> Refused:
    return refused("body", "The picture is broken or cut off. Take or send it again.")


def _too_many_pixels(most_pixels: int) -> Refused:
    return refused(
        "body", f"The photo has over {most_pixels / 1_000_000:g} megapixels. Send it at a lower resolution."
    )


def _orientation(image: Image.Image) -> int:
    """Return how the camera was held; 1, upright, when that cannot be read."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 (broken metadata is no reason to lose a photo; it is not kept anyway)
        return 1


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, with white where it lets light through, and without what hangs on it."""
    if image.mode.startswith(("I", "F")):
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    plain = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain.paste(image.convert("RGB"))
    return plain


def _as_jpeg(plain: Image.Image) -> Picture:
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Picture(out.getvalue(), plain.width, plain.height)
