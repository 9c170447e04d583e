"""SVG elements as the prints need them; words that people typed are set as text and never as markup."""

from base64 import b64encode

from markupsafe import escape

FONT = "Atkinson Hyperlegible Next"


def path(d: str, *, fill: str = "none", stroke: str = "", width: float = 1.0, dash: str = "") -> str:
    """Return a path; `stroke` draws its line, `width` px wide, in round joints."""
    line = f' stroke="{stroke}" stroke-width="{width:g}" stroke-linejoin="round"' if stroke else ""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{d}" fill="{fill}"{line}{dashes}/>'


def clipped(inner: str, d: str, name: str) -> str:
    """Return elements cut to the inside of a path; `name` is used once in a drawing."""
    return f'<clipPath id="{name}"><path d="{d}"/></clipPath><g clip-path="url(#{name})">{inner}</g>'


def text(
    words: str,
    x: float,
    y: float,
    colour: str,
    *,
    anchor: str = "middle",
    weight: int = 400,
    halo: float = 0.0,
    size: float = 13.0,
) -> str:
    """Return words on a base line; `halo` is the width of white around them in px."""
    said = escape(words)
    font = f'font-family="{FONT}" font-size="{size:g}" font-weight="{weight}"'
    set_at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {font}'
    under = ""
    if halo:
        around = f'stroke="#ffffff" stroke-width="{halo:g}" stroke-linejoin="round"'
        under = f'<text {set_at} fill="#ffffff" {around}>{said}</text>'
    return f'{under}<text {set_at} fill="{colour}">{said}</text>'


def image(drawn: str, width: float, height: float) -> str:
    """Return elements as a picture of this size in px, as a data: address."""
    return "data:image/svg+xml;base64," + b64encode(document(drawn, width, height).encode()).decode()


def document(drawn: str, width: float, height: float) -> str:
    """Return elements as a document of this size in px."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}">{drawn}</svg>'
    )
