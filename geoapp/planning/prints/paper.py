"""From HTML to a PDF or a PNG, with this service's own fonts and styles and nothing from elsewhere."""

import contextlib
import io
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pypdfium2
from PIL import Image, ImageChops, ImageFile
from PIL.PngImagePlugin import PngInfo
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from geoapp.errors import Busy

# Importing WeasyPrint lets Pillow take half a picture for a whole one, everywhere: photos from phones too.
ImageFile.LOAD_TRUNCATED_IMAGES = False

STATIC = Path(__file__).resolve().parents[3] / "static"
_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_WAIT_S = 25.0
_PT_PER_PX = 0.75

# PDFium is not made for threads, and two sheets at once would take twice the memory for no gain in time.
_press = threading.Lock()


class OwnFiles(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Fetches files under static/ and data: addresses, and nothing else: no print asks a network."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return the file at `url`; ValueError when it is none of ours."""
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        # By its name, not by where a link leads: the set-up may have linked static/vendor.
        path = Path(os.path.normpath(unquote(parts.path)))
        kind = _TYPES.get(path.suffix)
        if parts.scheme != "file" or parts.netloc or kind is None or not path.is_relative_to(STATIC):
            raise ValueError("A print takes files of this service alone.")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


def pdf(html: str) -> bytes:
    """Return the sheets as a tagged PDF by PDF/UA-1; Busy when others' prints take too long."""
    with _in_turn():
        return _written(html, variant="pdf/ua-1")


def png(html: str, *, scale: float, edge_px: int, texts: Mapping[str, str]) -> bytes:
    """Return the first sheet as a PNG, cut `edge_px` below the last thing on it; `texts` are its metadata.

    `scale` is pixels per px of the style sheet.
    """
    with _in_turn():
        sheets = pypdfium2.PdfDocument(_written(html))
        try:
            drawn = sheets[0].render(scale=scale / _PT_PER_PX).to_pil().convert("RGB")
        finally:
            sheets.close()
    blank = Image.new("RGB", drawn.size, "white")
    found = ImageChops.difference(drawn, blank).getbbox()
    if found is not None:
        drawn = drawn.crop((0, 0, drawn.width, min(drawn.height, found[3] + round(edge_px * scale))))
    said = PngInfo()
    for name, words in texts.items():
        said.add_itxt(name, words, lang="en-GB", zip=True)
    out = io.BytesIO()
    drawn.save(out, "PNG", pnginfo=said, dpi=(96 * scale, 96 * scale))
    return out.getvalue()


def _written(html: str, variant: str | None = None) -> bytes:
    sheets = HTML(string=html, base_url=f"{STATIC.as_uri()}/", url_fetcher=OwnFiles())
    made = sheets.write_pdf(pdf_variant=variant)
    if not isinstance(made, bytes):
        raise TypeError("a PDF without a target is bytes")
    return made


@contextlib.contextmanager
def _in_turn() -> Iterator[None]:
    if not _press.acquire(timeout=_WAIT_S):
        raise Busy("Other prints are being made. Try again in a few seconds.")
    try:
        yield
    finally:
        _press.release()
