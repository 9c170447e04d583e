/*
 * What in a wording could tell who somebody is: pointed out before the words leave the force. The same rules as
 * geoapp/wording.py, for phones without a signal; a test compares the two, lists and patterns included. The rules
 * point out and do not decide: whoever shares reads the words once more in either case.
 *
 * No imports and no page: it can run in a worker. check(text) gives [{kind, start, end, text, advice}], start and
 * end as JavaScript counts characters, so that a field can select them.
 */

const words = (list) => new Set(list.trim().split(/\s+/));

/** What to do about each kind, in plain words. */
export const ADVICE = {
  email: "It looks like an e-mail address. Leave it out.",
  handle: "It looks like somebody's account. Leave it out.",
  phone: "It looks like a phone number. Leave it out.",
  postcode: "A full postcode means a few homes. The place is on the map: leave it out.",
  number_plate: "It looks like a number plate. Leave it out.",
  birth: "It looks like a date of birth. Leave it out.",
  time: "The council never sees the time. Say by day, at twilight or after dark.",
  age: "An age helps to tell who somebody is. Leave it out.",
  house_number: "A number with a street means one home. The place is on the map: leave the number out.",
  officer: "It looks like an officer's number. Leave it out.",
  name: "It looks like somebody's name. Leave it out, or say 'a woman' or 'a neighbour'.",
};

/** Kind, pattern, whether capitals matter; the first that finds something keeps its characters. */
export const PATTERNS = [
  ["email", String.raw`[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+`, true],
  ["handle", String.raw`(?<![A-Za-z0-9])(?:https?://)?(?:www\.)?(?:instagram|facebook|fb|tiktok|snapchat|twitter|x|linkedin|youtube|threads|t|wa)\.(?:com|net|me)/[^ \u00a0\n]{1,200}`, false],
  ["handle", String.raw`(?<![A-Za-z0-9._%+@/-])@[A-Za-z_][A-Za-z0-9_.]{0,28}[A-Za-z0-9_]`, true],
  ["handle", String.raw`(?<![A-Za-z0-9])(?:instagram|insta|snapchat|snap|tiktok|facebook|twitter|telegram)(?: name| handle| account| user)?(?:: ?| is )@?[A-Za-z0-9_.]{1,29}[A-Za-z0-9_]`, false],
  ["phone", String.raw`(?<![A-Za-z0-9+])(?![0-9]{1,2}[- ][0-9]{1,2}[- ][0-9]{4})(?:(?:\+|00)44[ \u00a0-]{0,2}(?:\(0\)[ \u00a0]?)?|\(?0)[1-35789](?:[ \u00a0()-]{0,2}[0-9]){8,9}(?![0-9]|:[0-9])`, true],
  ["phone", String.raw`(?<![A-Za-z0-9.])0[1-35789][0-9]{1,3}\.[0-9]{3,4}\.?[0-9]{3,4}(?![0-9])`, true],
  ["phone", String.raw`(?<![A-Za-z0-9])\+[1-9](?:[ \u00a0()-]{0,2}[0-9]){7,14}(?![0-9])`, true],
  ["phone", String.raw`(?<![A-Za-z])(?:call|phone|telephone|tel|mobile|ring|text|whatsapp)(?: me| her| him| them| on| at| is| number|:|\.){0,4} ?[0-9][0-9 -]{4,12}[0-9](?![0-9])`, false],
  ["postcode", String.raw`(?<![A-Za-z0-9])[A-Za-z]{1,2}[0-9][A-Za-z0-9]?[ \u00a0]?(?![0-9](?:st|nd|rd|th)(?![A-Za-z]))[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}(?![A-Za-z0-9])`, true],
  ["number_plate", String.raw`(?<![A-Za-z0-9])[A-HJ-PR-Y][A-HJ-PR-Z][0-9]{2}[ \u00a0]?(?!(?:AND|THE|FOR|BUS|ARE|WAS|HAS|NOT|BUT|ALL|OUR|HER|OUT|CAR|PUB|ROW)(?![A-Z]))[A-HJ-PR-Z]{3}(?![A-Za-z0-9])`, true],
  ["number_plate", String.raw`(?<![A-Za-z0-9])[a-hj-pr-y][a-hj-pr-z][0-9]{2}[a-hj-pr-z]{3}(?![A-Za-z0-9])`, true],
  ["number_plate", String.raw`(?<![A-Za-z0-9])[A-HJ-NP-TV-Y][0-9]{1,3}[ \u00a0]?(?!(?:AND|THE|FOR|BUS|ARE|WAS|HAS|NOT|BUT|ALL|OUR|HER|OUT|CAR|PUB|ROW)(?![A-Z]))[A-HJ-PR-Z]{3}(?![A-Za-z0-9])`, true],
  ["number_plate", String.raw`(?<![A-Za-z0-9])(?!(?:AND|THE|FOR|BUS|ARE|WAS|HAS|NOT|BUT|ALL|OUR|HER|OUT|CAR|PUB|ROW)(?![A-Z]))[A-HJ-PR-Z]{3}[ \u00a0]?[0-9]{1,3}[A-HJ-NPR-TV-Y](?![A-Za-z0-9])`, true],
  ["number_plate", String.raw`(?<![A-Za-z0-9])[A-Z](?:I[A-Z]|[A-Z]Z)[ \u00a0]?[0-9]{2,4}(?![A-Za-z0-9])`, true],
  ["number_plate", String.raw`(?<![A-Za-z])(?:number ?plate|registration|reg|plate)(?: number| no\.?| is| was|:){0,3} (?=[A-Za-z0-9]{0,3}[0-9])[A-Za-z0-9]{1,4} ?[A-Za-z0-9]{2,4}(?![A-Za-z0-9])`, false],
  ["birth", String.raw`(?<![A-Za-z])(?:date of birth|d\.?o\.?b\.?|born|birthday|birthdate)(?![A-Za-z])(?:[ :]{1,3}(?:is|was|on|in|the)){0,3}[ :]{1,3}(?:[0-9]{1,2}(?:st|nd|rd|th)?[ ./-](?:of )?(?:[0-9]{1,2}|(?:jan[a-z]*|feb[a-z]*|mar[a-z]*|apr[a-z]*|may|jun[a-z]*|jul[a-z]*|aug[a-z]*|sep[a-z]*|oct[a-z]*|nov[a-z]*|dec[a-z]*))(?:[ ./,-]{1,2}[0-9]{2,4})?|(?:19|20)[0-9]{2})(?![0-9])`, false],
  ["birth", String.raw`(?<![0-9])(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?[ ./-](?:0?[1-9]|1[0-2]|(?:jan[a-z]*|feb[a-z]*|mar[a-z]*|apr[a-z]*|may|jun[a-z]*|jul[a-z]*|aug[a-z]*|sep[a-z]*|oct[a-z]*|nov[a-z]*|dec[a-z]*))[ ./-](?:19[0-9]{2}|200[0-9]|201[0-4])(?![0-9])`, false],
  ["time", String.raw`(?<![0-9:.])(?:[01]?[0-9]|2[0-3])[:.][0-5][0-9][ \u00a0]?[ap]\.?m(?![A-Za-z])`, false],
  ["time", String.raw`(?<![0-9:.])(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?![0-9:])`, true],
  ["time", String.raw`(?<![0-9A-Za-z:.])(?:1[0-2]|0?[1-9])[ \u00a0]?[ap]\.?m(?![A-Za-z])`, false],
  ["time", String.raw`(?<![0-9A-Za-z])(?:[01][0-9]|2[0-3])[0-5][0-9][ \u00a0]?(?:hrs|hours|h)(?![A-Za-z])`, false],
  ["time", String.raw`(?<![A-Za-z])(?:at|around|about|by|until|till|from|before|after|past) (?:[01]?[0-9]|2[0-3])\.[0-5][0-9](?![0-9]|\.[0-9]|[ \u00a0]?(?:m|km|metres?|meters?|minutes?|mins?|yards?|feet|ft|steps?|times?|miles?|weeks?|months?|stops?|doors?|houses?|am|pm|percent)(?![A-Za-z]))`, false],
  ["time", String.raw`(?<![A-Za-z0-9])(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]{1,2}) o['\u2019]?clock(?![A-Za-z])`, false],
  ["time", String.raw`(?<![A-Za-z])(?:(?:half|quarter|ten|five|twenty(?:[ -]five)?) past|quarter to|(?:at|around|about) half) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]{1,2})(?![A-Za-z0-9])`, false],
  ["age", String.raw`(?<![A-Za-z0-9])(?:aged?|age of|age:|turned|turning) (?:[0-9]{1,2}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)(?![A-Za-z0-9])`, false],
  ["age", String.raw`(?<![A-Za-z0-9])(?:[0-9]{1,2}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)[ \u00a0-]?(?:years?|yrs?)[ \u00a0-]?(?:old|of age)(?![A-Za-z])`, false],
  ["age", String.raw`(?<![A-Za-z0-9])[0-9]{1,2}[ \u00a0]?(?:yo|y/o)(?![A-Za-z])`, false],
  ["age", String.raw`(?<![A-Za-z])(?:she|he|i|they)(?:['\u2019](?:s|m|re)| is| am| are| was)(?: only| just| about| nearly)? [1-9][0-9]?(?![0-9A-Za-z:%]|\.[0-9]|[ \u00a0]?(?:m|km|metres?|meters?|minutes?|mins?|yards?|feet|ft|steps?|times?|miles?|weeks?|months?|stops?|doors?|houses?|am|pm|percent)(?![A-Za-z])| o['\u2019]?clock)`, false],
  ["age", String.raw`(?<![A-Za-z])(?:her|his|my) (?:early |mid |late |mid-)?(?:teens|[2-9]0['\u2019]?s|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)(?![A-Za-z])`, false],
  ["house_number", String.raw`(?<![A-Za-z])(?:flat|apartment|apt|house number|house|lives at|live at|living at)(?: number| no\.?)? [0-9]{1,4}[A-Za-z]?(?![0-9A-Za-z])`, false],
  ["house_number", String.raw`(?<![A-Za-z0-9.,\u00a3:/-])(?<![Bb]us )(?<!buses )(?<![Rr]oute )[0-9]{1,4}[A-Da-d]?(?:[-\u2013/][0-9]{1,4}[A-Da-d]?)?,? (?:[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'\u2019.-]{0,30} ){1,4}?(?:[Rr]oad|[Rr]d|[Ss]treet|[Ss]t|[Aa]venue|[Aa]ve|[Ll]ane|[Ll]n|[Cc]lose|[Dd]rive|[Ww]ay|[Ww]alk|[Pp]lace|[Tt]errace|[Gg]ardens|[Gg]dns|[Gg]rove|[Hh]ill|[Mm]ews|[Cc]ourt|[Cc]rescent|[Cc]res|[Ss]quare|[Rr]ow|[Rr]ise|[Hh]ouse|[Pp]assage|[Pp]arade|[Bb]roadway|[Yy]ard|[Ww]harf|[Qq]uay|[Ee]state)(?![A-Za-z])`, true],
  ["officer", String.raw`(?<![A-Za-z])(?:PC|WPC|DC|PS|PCSO|[Cc]ollar number|[Ss]houlder number)(?: number| no\.?|:){0,2} ?[0-9]{2,5}[A-Z]{0,2}(?![A-Za-z0-9])`, true],
];
export const WORD = String.raw`[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u0370-\u03ff\u0400-\u052f]+(?:['\u2019-][A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u0370-\u03ff\u0400-\u052f]+)*`;

const TITLES = words(`
  auntie aunty cllr constable councillor dame dc detective dr imam insp inspector madam miss mr mrs ms mx officer pc
  pcso prof professor rev reverend sergeant sgt sir superintendent uncle wpc
`);
const TITLES_SMALL = words(`
  dr mr mrs ms
`);
const RELATIONS = words(`
  aunt boss boyfriend brother carer colleague cousin dad daughter ex father flatmate friend friends girlfriend gran
  grandfather grandmother housemate husband landlady landlord manager mom mother mum nan neighbor neighbour nephew
  niece partner sister son teacher uncle wife
`);
const CALLED = new Set([
  "ask for", "asked for", "called", "known as", "name is", "name was", "name's", "named", "names are", "reported by",
  "speak to", "spoke to", "spoke with", "talk to", "talked to", "talked with", "walked with",
]);
const SAYS = words(`
  asked described describes explained explains lives mentioned mentions remembers reported said says tells texted
  thinks told
`);
const SAINTS = words(`
  duchess duke king prince princess queen saint st
`);
const PLACES = words(`
  academy alley alleyway arms avenue bar borough bridge cafe café cemetery center centre chapel church cinema club
  college court crescent estate garage gardens hall hospital hotel house lane library line lodge market mews mosque
  palace park playground pub rd restaurant road school shop square station street subway supermarket surgery tavern
  temple terrace theatre tower towers tunnel underpass university ward
`);
const PLACES_CAPITAL = words(`
  ave broadway bus close common cross dock drive field fields gate green grove heath hill ln memorial parade passage
  path pier place pond quay rise row st stairs statue steps stop town walk way wharf wood woods works yard
`);
const BRANDS = new Set([
  "ann summers", "dr martens", "harvey nichols", "jimmy choo", "john lewis", "laura ashley", "michael kors",
  "miss selfridge", "mr muscle", "oliver bonas", "paul smith", "pc world", "ted baker", "uncle ben", "william hill",
]);
const NOT_NAMES = words(`
  a after always an and anyone april are as at august be before both boys british brixton but by cctv council croydon
  december english everybody everyone february for friday from girls had has have he her here him his i if in into is
  it its january july june just lambeth lewisham locals london man march may me men met monday mp my near never nhs no
  nobody not november october of off officer officers on only or our out peckham people police pub really residents
  road saturday september she so somebody someone southwark station street sunday tfl than that the their them then
  there these they this those thursday to too tuesday up us very was we wednesday were what when where which while who
  why with woman women you your
`);
const GIVEN = words(`
  aaliyah aaron abdul abdullah abena abigail adaeze adam adama ade adel adeola adrian agnes agnieszka ahmed aicha
  aisha aishah akosua alan alana alejandra alessandra alex alexander alexandra alfie ali alice alicia alison amal
  amanda amara amelia amina aminata amir amira amy ana andrea andreea andrew angela angelina anita anna anne annie
  anthony antonia anya archie arjun arthur arwa asha ashley asma audrey ayaan ayesha ayo barbara beatrice beatriz ben
  benjamin bernadette beth bethany brenda brian bridget bukola callum camila carla carlos carmen carol caroline
  catherine cecilia charles charlie chiamaka chidi chioma chloe chris christina christine christopher claire clara
  claudia connor courtney cynthia damilola daniel daniela danielle david debbie deborah denise derek diana diane
  dominic donna doris dorota dorothy duncan dylan eileen elaine eleanor elena eliza elizabeth ella ellen ellie eloise
  elsie emeka emilia emily emma eric erin esther ethan evelyn ewa fadumo farah farida fatima fatou fatoumata femi
  fernanda fiona florence folake frances francesca freya gabriel gabriela gareth gary gemma geoff geoffrey george
  georgia georgina gillian gloria gordon graham gurpreet habiba hafsa halima hamza hannah harjit harpreet harriet
  harry hassan hawa hayley helen helena henry hodan hussein ian ibrahim ifeoma iman imogen ines ioana iqra isaac
  isabel isabella isabelle isha isla jacob jacqueline jade jaime jake james jamila jan jane janet janice jason javier
  jayden jean jennifer jenny jess jessica joan joanna joanne joe joel john jonathan jordan jose joseph josephine
  joshua joyce juan juanita judith judy julia julian julie juliet justine kadiatou kamala karen karim karolina
  katarzyna kate katherine kathleen kathryn katie katy kavita kayleigh keisha keith kelly kemi kenneth kerry kevin
  khadija khadijah khalid kieran kim kimberley kiran kofi krishna kristina kwame kyle laila lara latoya laura lauren
  layla leah leila leon leonie lesley leticia lewis leyla liam linda lindsay lisa lola lorraine louis louise lucia
  lucja lucy luis luisa luke lydia lynn maddie magdalena maggie mahmoud malgorzata malik marcia margaret maria mariam
  mariama mariana marie marilyn marina marion marta martha martin martina mary maryam mateusz matthew maureen maxine
  megan mehmet melanie melissa michael michelle mike miriam mohamed mohammad mohammed moira molly monica monika
  muhammad muna mustafa nadia nadine naima nana naomi natalia natalie natasha nathan nazia neha neil nia niamh
  nicholas nicola nicole nigel nikita nimo nina noah noor nora nour nusrat oksana oliver olivia olu oluwaseun omar
  oscar osman owen paige pamela patience patricia patrick paul paula pauline peter philip philippa phoebe pooja
  precious preeti priya rachel rafael rahma raj rajesh ranjit rebecca reece rehana rhys richard rita robert roberto
  roisin ronald rosa rosie roxanne roy rukhsana ruth ryan sabrina sadia safiya sagal saira salma sam samantha samira
  samuel sana sandeep sandra sanjay santiago sara sarah saskia sean sebastian selina serena shabnam shanice shannon
  sharon shaun shazia sheila shelley shirley sian simon simone simran siobhan sofia sonia sophia sophie stacey stella
  stephanie stephen steven stuart sumaya sunita susan suzanne sylvia tahira tamara tania tanya tariq tatiana tendai
  teresa terry thandiwe theresa thomas tia tiffany timothy tina tom tomasz toni tracey tracy trevor ursula usha
  valentina valerie vanessa vera veronica vikram vincent virginia wanjiku wendy wiktoria william xavier yasmin yewande
  yolanda yusuf yvonne zahra zainab zara zeynep zoe zofia zuzanna
`);
const AMBIGUOUS = words(`
  amber april bill charlotte chelsea crystal daisy dawn dean drew eve faith frank glen grace grant guy heather holly
  hope ivy jack jasmine jo june lily mark max may mercy miles olive pat penny poppy rob robin rose sandy sue summer
  victoria will
`);
/** The lists, for the test that compares them. */
export const LISTS = {
  TITLES, TITLES_SMALL, RELATIONS, CALLED, SAYS, SAINTS, PLACES, PLACES_CAPITAL, BRANDS, NOT_NAMES, GIVEN, AMBIGUOUS,
};

const COMPILED = PATTERNS.map(([kind, source, exact]) => [kind, new RegExp(source, exact ? "gu" : "giu")]);
const SPACES = new Set([" ", "\u00a0"]);
const AFTER_TITLE = new Set([" ", "\u00a0", ". ", "."]);
const AFTER_RELATION = new Set([" ", "\u00a0", ", "]);
const MOST_WORDS = 3; // of one name: two given names and a surname
const LOOK_BACK = 4; // words before 'called' among which a place says what is called so
const SHORTEST = 3; // letters of a name after 'mrs' in small letters, or after an initial
const COMPASS = new Set("NSEW"); // 'E. Dulwich' is a place
const LISTED = words("option plan point block exit platform bay zone unit part");

function cut(text) {
  const found = [...text.matchAll(new RegExp(WORD, "gu"))];
  return found.map((match, place) => {
    const end = match.index + match[0].length;
    const small = match[0].toLowerCase();
    const gap = text.slice(end, found[place + 1]?.index ?? text.length);
    const stem = /['’]s$/u.test(small) ? small.slice(0, -2) : small;
    const capital = match[0][0] !== match[0][0].toLowerCase();
    const plain = stem.normalize("NFD").replaceAll("ł", "l").replace(/\p{M}/gu, ""); // as the list has the names
    return { text: match[0], start: match.index, end, gap, small, stem, plain, capital, joined: SPACES.has(gap) };
  });
}

const isPlaceWord = (word) => PLACES.has(word.stem) || PLACES_CAPITAL.has(word.stem);

/** The last of up to three capitalised words from `at` that may be a name, at - 1 for none. */
function run(all, at) {
  let last = at - 1;
  for (let place = at; place < Math.min(at + MOST_WORDS, all.length); place += 1) {
    const word = all[place];
    if (!word.capital || NOT_NAMES.has(word.stem)) break;
    last = place;
    if (!word.joined || word.stem !== word.small) break;
  }
  return last;
}

/** Whether street, station or saint says that these words name a place. */
function isPlace(all, first, last) {
  const [before, then] = [all[first - 1], all[last + 1]];
  const named = all.slice(first, last + 1);
  if (named.slice(1).some(isPlaceWord)) return true;
  if (before && SAINTS.has(before.stem) && AFTER_TITLE.has(before.gap)) return true;
  const follows = named.at(-1).joined ? then : null;
  if (follows && (PLACES.has(follows.stem) || (follows.capital && PLACES_CAPITAL.has(follows.stem)))) return true;
  const said = all.slice(Math.max(0, first - 1), last + 2).map((word) => word.stem).join(" ");
  return [...BRANDS].some((brand) => said.includes(brand));
}

// Each rule gives the first and last word of a name that is told from the word `at`; last before first for none.
const RULES = [
  function titled(all, at) {
    const [word, then] = [all[at], all[at + 1]];
    if (!then || !TITLES.has(word.small) || !AFTER_TITLE.has(word.gap)) return [at, at - 1];
    if (then.capital) return [at, run(all, at + 1)];
    const small = TITLES_SMALL.has(word.small) && then.text.length >= SHORTEST && !NOT_NAMES.has(then.stem);
    return [at, small ? at + 1 : at - 1];
  },
  function related(all, at) {
    const tells = at > 0 && RELATIONS.has(all[at].small) && AFTER_RELATION.has(all[at].gap);
    return tells ? [at + 1, run(all, at + 1)] : [at, at - 1];
  },
  function called(all, at) {
    const word = all[at];
    const pair = `${all[at - 1]?.small ?? ""} ${word.small}`;
    if (!word.joined || !(CALLED.has(word.small.replace("’", "'")) || CALLED.has(pair))) return [at, at - 1];
    if (all.slice(Math.max(0, at - LOOK_BACK), at).some(isPlaceWord)) return [at, at - 1];
    return [at + 1, run(all, at + 1)];
  },
  function initial(all, at) {
    const [word, then, before] = [all[at], all[at + 1], all[at - 1]];
    const single = word.text.length === 1 && word.capital && !COMPASS.has(word.text) && [".", ". "].includes(word.gap);
    if (!single || !then || then.text.length < SHORTEST || (before && LISTED.has(before.small))) return [at, at - 1];
    return [at, run(all, at + 1)];
  },
  function listed(all, at) {
    if (!GIVEN.has(all[at].plain)) return [at, at - 1];
    return [at, all[at].capital ? Math.max(at, run(all, at)) : at];
  },
  // A capital before 'said': anywhere but at the start of a sentence, there only names that are words.
  function saying(all, at) {
    const [word, then] = [all[at], all[at + 1]];
    if (!then || !word.joined || !word.capital || !SAYS.has(then.small)) return [at, at - 1];
    if (AMBIGUOUS.has(word.stem)) return [at, at];
    const starts = at === 0 || /[.!?:;\n]/u.test(all[at - 1].gap);
    return [at, starts || NOT_NAMES.has(word.stem) || isPlaceWord(word) ? at - 1 : at];
  },
];

function nameAt(all, at) {
  for (const rule of RULES) {
    const [first, last] = rule(all, at);
    if (last >= first && !isPlace(all, first, last)) return [first, last];
  }
  return [at, at - 1];
}

/** Return what could tell who somebody is, in the order of the text, without overlaps. */
export function check(text) {
  const found = [];
  const taken = new Uint8Array(text.length);
  const claim = (kind, start, end) => {
    if (taken.subarray(start, end).includes(1)) return;
    taken.fill(1, start, end);
    found.push({ kind, start, end, text: text.slice(start, end), advice: ADVICE[kind] });
  };
  for (const [kind, pattern] of COMPILED) {
    for (const match of text.matchAll(pattern)) claim(kind, match.index, match.index + match[0].length);
  }
  const all = cut(text);
  for (let at = 0; at < all.length; ) {
    const [first, last] = nameAt(all, at);
    if (last >= first) claim("name", all[first].start, all[last].end);
    at = Math.max(at, last) + 1;
  }
  return found.sort((one, other) => one.start - other.start);
}
