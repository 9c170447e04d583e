"""The patterns of the check of wordings, and what to do about each kind, as in `static/js/wording.js`."""

from typing import Final

ADVICE: Final = {
    "email": "It looks like an e-mail address. Leave it out.",
    "handle": "It looks like somebody's account. Leave it out.",
    "phone": "It looks like a phone number. Leave it out.",
    "postcode": "A full postcode means a few homes. The place is on the map: leave it out.",
    "number_plate": "It looks like a number plate. Leave it out.",
    "birth": "It looks like a date of birth. Leave it out.",
    "time": "The council never sees the time. Say by day, at twilight or after dark.",
    "age": "An age helps to tell who somebody is. Leave it out.",
    "house_number": "A number with a street means one home. The place is on the map: leave the number out.",
    "officer": "It looks like an officer's number. Leave it out.",
    "name": "It looks like somebody's name. Leave it out, or say 'a woman' or 'a neighbour'.",
}

_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ONES = "(?:one|two|three|four|five|six|seven|eight|nine)"
_AGE = (
    rf"(?:[0-9]{{1,2}}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    rf"|{_TENS}(?:[ -]{_ONES})?)"
)
_HOUR = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]{1,2})"
_MONTH = (
    "(?:jan[a-z]*|feb[a-z]*|mar[a-z]*|apr[a-z]*|may|jun[a-z]*|jul[a-z]*|aug[a-z]*|sep[a-z]*|oct[a-z]*"
    "|nov[a-z]*|dec[a-z]*)"
)
_STREET = (
    "(?:[Rr]oad|[Rr]d|[Ss]treet|[Ss]t|[Aa]venue|[Aa]ve|[Ll]ane|[Ll]n|[Cc]lose|[Dd]rive|[Ww]ay|[Ww]alk"
    "|[Pp]lace|[Tt]errace"
    "|[Gg]ardens|[Gg]dns|[Gg]rove|[Hh]ill|[Mm]ews|[Cc]ourt|[Cc]rescent|[Cc]res|[Ss]quare|[Rr]ow|[Rr]ise|[Hh]ouse"
    "|[Pp]assage|[Pp]arade|[Bb]roadway|[Yy]ard|[Ww]harf|[Qq]uay|[Ee]state)"
)
_UNIT = (
    "(?:m|km|metres?|meters?|minutes?|mins?|yards?|feet|ft|steps?|times?|miles?|weeks?|months?|stops?|doors?"
    "|houses?|am|pm|percent)"
)
_NO_PLATE = "(?:AND|THE|FOR|BUS|ARE|WAS|HAS|NOT|BUT|ALL|OUR|HER|OUT|CAR|PUB|ROW)(?![A-Z])"


def _rule(kind: str, *parts: str, exact: bool) -> tuple[str, str, bool]:
    return kind, "".join(parts), exact


# Kind, pattern, whether capitals matter. Written so that Python and JavaScript (flag u) read them alike, and
# so that none needs more than a bounded number of steps for each character.
PATTERNS: Final[tuple[tuple[str, str, bool], ...]] = (
    _rule("email", r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", exact=True),
    _rule(
        "handle",
        r"(?<![A-Za-z0-9])(?:https?://)?(?:www\.)?(?:instagram|facebook|fb|tiktok|snapchat|twitter|x|linkedin",
        r"|youtube|threads|t|wa)\.(?:com|net|me)/[^ \u00a0\n]{1,200}",
        exact=False,
    ),
    _rule("handle", r"(?<![A-Za-z0-9._%+@/-])@[A-Za-z_][A-Za-z0-9_.]{0,28}[A-Za-z0-9_]", exact=True),
    _rule(
        "handle",
        r"(?<![A-Za-z0-9])(?:instagram|insta|snapchat|snap|tiktok|facebook|twitter|telegram)",
        r"(?: name| handle| account| user)?(?:: ?| is )@?[A-Za-z0-9_.]{1,29}[A-Za-z0-9_]",
        exact=False,
    ),
    _rule(
        "phone",
        r"(?<![A-Za-z0-9+])(?![0-9]{1,2}[- ][0-9]{1,2}[- ][0-9]{4})",
        r"(?:(?:\+|00)44[ \u00a0-]{0,2}(?:\(0\)[ \u00a0]?)?|\(?0)[1-35789](?:[ \u00a0()-]{0,2}[0-9]){8,9}",
        r"(?![0-9]|:[0-9])",
        exact=True,
    ),
    _rule("phone", r"(?<![A-Za-z0-9.])0[1-35789][0-9]{1,3}\.[0-9]{3,4}\.?[0-9]{3,4}(?![0-9])", exact=True),
    _rule("phone", r"(?<![A-Za-z0-9])\+[1-9](?:[ \u00a0()-]{0,2}[0-9]){7,14}(?![0-9])", exact=True),
    _rule(
        "phone",
        r"(?<![A-Za-z])(?:call|phone|telephone|tel|mobile|ring|text|whatsapp)",
        r"(?: me| her| him| them| on| at| is| number|:|\.){0,4} ?[0-9][0-9 -]{4,12}[0-9](?![0-9])",
        exact=False,
    ),
    _rule(
        "postcode",
        r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[0-9][A-Za-z0-9]?[ \u00a0]?(?![0-9](?:st|nd|rd|th)(?![A-Za-z]))",
        r"[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}(?![A-Za-z0-9])",
        exact=True,
    ),
    _rule(
        "number_plate",
        rf"(?<![A-Za-z0-9])[A-HJ-PR-Y][A-HJ-PR-Z][0-9]{{2}}[ \u00a0]?(?!{_NO_PLATE})",
        r"[A-HJ-PR-Z]{3}(?![A-Za-z0-9])",
        exact=True,
    ),
    _rule(
        "number_plate",
        r"(?<![A-Za-z0-9])[a-hj-pr-y][a-hj-pr-z][0-9]{2}[a-hj-pr-z]{3}(?![A-Za-z0-9])",
        exact=True,
    ),
    _rule(
        "number_plate",
        rf"(?<![A-Za-z0-9])[A-HJ-NP-TV-Y][0-9]{{1,3}}[ \u00a0]?(?!{_NO_PLATE})",
        r"[A-HJ-PR-Z]{3}(?![A-Za-z0-9])",
        exact=True,
    ),
    _rule(
        "number_plate",
        rf"(?<![A-Za-z0-9])(?!{_NO_PLATE})[A-HJ-PR-Z]{{3}}[ \u00a0]?",
        r"[0-9]{1,3}[A-HJ-NPR-TV-Y](?![A-Za-z0-9])",
        exact=True,
    ),
    _rule(
        "number_plate",
        r"(?<![A-Za-z0-9])[A-Z](?:I[A-Z]|[A-Z]Z)[ \u00a0]?[0-9]{2,4}(?![A-Za-z0-9])",
        exact=True,
    ),
    _rule(
        "number_plate",
        r"(?<![A-Za-z])(?:number ?plate|registration|reg|plate)(?: number| no\.?| is| was|:){0,3} ",
        r"(?=[A-Za-z0-9]{0,3}[0-9])[A-Za-z0-9]{1,4} ?[A-Za-z0-9]{2,4}(?![A-Za-z0-9])",
        exact=False,
    ),
    _rule(
        "birth",
        r"(?<![A-Za-z])(?:date of birth|d\.?o\.?b\.?|born|birthday|birthdate)(?![A-Za-z])",
        r"(?:[ :]{1,3}(?:is|was|on|in|the)){0,3}[ :]{1,3}",
        r"(?:[0-9]{1,2}(?:st|nd|rd|th)?[ ./-](?:of )?",
        rf"(?:[0-9]{{1,2}}|{_MONTH})(?:[ ./,-]{{1,2}}[0-9]{{2,4}})?",
        r"|(?:19|20)[0-9]{2})(?![0-9])",
        exact=False,
    ),
    _rule(
        "birth",
        rf"(?<![0-9])(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?[ ./-](?:0?[1-9]|1[0-2]|{_MONTH})[ ./-]",
        r"(?:19[0-9]{2}|200[0-9]|201[0-4])(?![0-9])",
        exact=False,
    ),
    _rule(
        "time", r"(?<![0-9:.])(?:[01]?[0-9]|2[0-3])[:.][0-5][0-9][ \u00a0]?[ap]\.?m(?![A-Za-z])", exact=False
    ),
    _rule("time", r"(?<![0-9:.])(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?![0-9:])", exact=True),
    _rule("time", r"(?<![0-9A-Za-z:.])(?:1[0-2]|0?[1-9])[ \u00a0]?[ap]\.?m(?![A-Za-z])", exact=False),
    _rule(
        "time",
        r"(?<![0-9A-Za-z])(?:[01][0-9]|2[0-3])[0-5][0-9][ \u00a0]?(?:hrs|hours|h)(?![A-Za-z])",
        exact=False,
    ),
    _rule(
        "time",
        r"(?<![A-Za-z])(?:at|around|about|by|until|till|from|before|after|past) ",
        r"(?:[01]?[0-9]|2[0-3])\.[0-5][0-9]",
        rf"(?![0-9]|\.[0-9]|[ \u00a0]?{_UNIT}(?![A-Za-z]))",
        exact=False,
    ),
    _rule("time", rf"(?<![A-Za-z0-9]){_HOUR} o['\u2019]?clock(?![A-Za-z])", exact=False),
    _rule(
        "time",
        r"(?<![A-Za-z])(?:(?:half|quarter|ten|five|twenty(?:[ -]five)?) past",
        r"|quarter to|(?:at|around|about) half)",
        rf" {_HOUR}(?![A-Za-z0-9])",
        exact=False,
    ),
    _rule("age", rf"(?<![A-Za-z0-9])(?:aged?|age of|age:|turned|turning) {_AGE}(?![A-Za-z0-9])", exact=False),
    _rule(
        "age",
        rf"(?<![A-Za-z0-9]){_AGE}[ \u00a0-]?(?:years?|yrs?)[ \u00a0-]?(?:old|of age)(?![A-Za-z])",
        exact=False,
    ),
    _rule("age", r"(?<![A-Za-z0-9])[0-9]{1,2}[ \u00a0]?(?:yo|y/o)(?![A-Za-z])", exact=False),
    _rule(
        "age",
        r"(?<![A-Za-z])(?:she|he|i|they)(?:['\u2019](?:s|m|re)| is| am| are| was)",
        "(?: only| just| about| nearly)? ",
        rf"[1-9][0-9]?(?![0-9A-Za-z:%]|\.[0-9]|[ \u00a0]?{_UNIT}(?![A-Za-z])| o['\u2019]?clock)",
        exact=False,
    ),
    _rule(
        "age",
        r"(?<![A-Za-z])(?:her|his|my) (?:early |mid |late |mid-)?(?:teens|[2-9]0['\u2019]?s|twenties",
        r"|thirties|forties|fifties|sixties|seventies|eighties|nineties)(?![A-Za-z])",
        exact=False,
    ),
    _rule(
        "house_number",
        r"(?<![A-Za-z])(?:flat|apartment|apt|house number|house|lives at|live at|living at)",
        r"(?: number| no\.?)? ",
        r"[0-9]{1,4}[A-Za-z]?(?![0-9A-Za-z])",
        exact=False,
    ),
    _rule(
        "house_number",
        r"(?<![A-Za-z0-9.,\u00a3:/-])(?<![Bb]us )(?<!buses )(?<![Rr]oute )",
        r"[0-9]{1,4}[A-Da-d]?(?:[-\u2013/][0-9]{1,4}[A-Da-d]?)?,? ",
        r"(?:[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'\u2019.-]{0,30} ){1,4}?",
        rf"{_STREET}(?![A-Za-z])",
        exact=True,
    ),
    _rule(
        "officer",
        r"(?<![A-Za-z])(?:PC|WPC|DC|PS|PCSO|[Cc]ollar number|[Ss]houlder number)(?: number| no\.?|:){0,2} ?",
        r"[0-9]{2,5}[A-Z]{0,2}(?![A-Za-z0-9])",
        exact=True,
    ),
)
