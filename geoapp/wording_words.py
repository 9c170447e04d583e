"""The words by which the check of wordings tells people from places; `static/js/wording.js` has the same.

Small letters throughout. The given names are our own choice of what is common in London, without those that
are English words or London places as often as people; these stand in AMBIGUOUS and need more around them.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES: Final = _words("""
    auntie aunty cllr constable councillor dame dc detective dr imam insp inspector madam miss mr mrs ms
    mx officer pc pcso prof professor rev reverend sergeant sgt sir superintendent uncle wpc
""")
TITLES_SMALL: Final = _words("mr mrs ms dr")

RELATIONS: Final = _words("""
    aunt boss boyfriend brother carer colleague cousin dad daughter ex father flatmate friend friends
    girlfriend gran grandfather grandmother housemate husband landlady landlord manager mom mother mum nan
    neighbor neighbour nephew niece partner sister son teacher uncle wife
""")

CALLED: Final = frozenset({
    "ask for", "asked for", "called", "known as", "name is", "name was", "name's", "named", "names are",
    "reported by", "speak to", "spoke to", "spoke with", "talk to", "talked to", "talked with",
    "walked with",
})  # fmt: skip

SAYS: Final = _words("""
    asked described describes explained explains lives mentioned mentions remembers reported said says
    tells texted thinks told
""")

SAINTS: Final = _words("st saint king queen prince princess duke duchess")

# After these, in any letters, a capitalised word before them names a place.
PLACES: Final = _words("""
    academy alley alleyway arms avenue bar borough bridge cafe café cemetery center centre chapel church
    cinema club college court crescent estate garage gardens hall hospital hotel house lane library line
    lodge market mews mosque palace park playground pub rd restaurant road school shop square station
    street subway supermarket surgery tavern temple terrace theatre tower towers tunnel underpass
    university ward
""")
# These are verbs or everyday words too, and need a capital.
PLACES_CAPITAL: Final = _words("""
    ave broadway bus close common cross dock drive field fields gate green grove heath hill ln memorial
    parade passage path pier place pond quay rise row st stairs statue steps stop town walk way wharf wood
    woods works yard
""")

BRANDS: Final = frozenset({
    "ann summers", "dr martens", "harvey nichols", "jimmy choo", "john lewis", "laura ashley",
    "michael kors", "miss selfridge", "mr muscle", "oliver bonas", "paul smith", "pc world",
    "ted baker", "uncle ben", "william hill",
})  # fmt: skip

NOT_NAMES: Final = _words("""
    a after always an and anyone april are as at august be before both boys british brixton but by cctv
    council croydon december english everybody everyone february for friday from girls had has have he her
    here him his i if in into is it its january july june just lambeth lewisham locals london man march
    may me men met monday mp my near never nhs no nobody not november october of off officer officers on
    only or our out peckham people police pub really residents road saturday september she so somebody
    someone southwark station street sunday tfl than that the their them then there these they this those
    thursday to too tuesday up us very was we wednesday were what when where which while who why with
    woman women you your
""")

GIVEN: Final = _words("""
    aaliyah aaron abdul abdullah abena abigail adaeze adam adama ade adel adeola adrian agnes agnieszka
    ahmed aicha aisha aishah akosua alan alana alejandra alessandra alex alexander alexandra alfie ali
    alice alicia alison amal amanda amara amelia amina aminata amir amira amy ana andrea andreea andrew
    angela angelina anita anna anne annie anthony antonia anya archie arjun arthur arwa asha ashley asma
    audrey ayaan ayesha ayo barbara beatrice beatriz ben benjamin bernadette beth bethany brenda brian
    bridget bukola callum camila carla carlos carmen carol caroline catherine cecilia charles charlie
    chiamaka chidi chioma chloe chris christina christine christopher claire clara claudia connor courtney
    cynthia damilola daniel daniela danielle david debbie deborah denise derek diana diane dominic donna
    doris dorota dorothy duncan dylan eileen elaine eleanor elena eliza elizabeth ella ellen ellie eloise
    elsie emeka emilia emily emma eric erin esther ethan evelyn ewa fadumo farah farida fatima fatou
    fatoumata femi fernanda fiona florence folake frances francesca freya gabriel gabriela gareth gary
    gemma geoff geoffrey george georgia georgina gillian gloria gordon graham gurpreet habiba hafsa halima
    hamza hannah harjit harpreet harriet harry hassan hawa hayley helen helena henry hodan hussein ian
    ibrahim ifeoma iman imogen ines ioana iqra isaac isabel isabella isabelle isha isla jacob jacqueline
    jade jaime jake james jamila jan jane janet janice jason javier jayden jean jennifer jenny jess
    jessica joan joanna joanne joe joel john jonathan jordan jose joseph josephine joshua joyce juan
    juanita judith judy julia julian julie juliet justine kadiatou kamala karen karim karolina katarzyna
    kate katherine kathleen kathryn katie katy kavita kayleigh keisha keith kelly kemi kenneth kerry kevin
    khadija khadijah khalid kieran kim kimberley kiran kofi krishna kristina kwame kyle laila lara latoya
    laura lauren layla leah leila leon leonie lesley leticia lewis leyla liam linda lindsay lisa lola
    lorraine louis louise lucia lucja lucy luis luisa luke lydia lynn maddie magdalena maggie mahmoud
    malgorzata
    malik marcia margaret maria mariam mariama mariana marie marilyn marina marion marta martha martin
    martina mary maryam mateusz matthew maureen maxine megan mehmet melanie melissa michael michelle mike
    miriam mohamed mohammad mohammed moira molly monica monika muhammad muna mustafa nadia nadine naima
    nana naomi natalia natalie natasha nathan nazia neha neil nia niamh nicholas nicola nicole nigel
    nikita nimo nina noah noor nora nour nusrat oksana oliver olivia olu oluwaseun omar oscar osman owen
    paige pamela patience patricia patrick paul paula pauline peter philip philippa phoebe pooja precious
    preeti priya rachel rafael rahma raj rajesh ranjit rebecca reece rehana rhys richard rita robert
    roberto roisin ronald rosa rosie roxanne roy rukhsana ruth ryan sabrina sadia safiya sagal saira salma
    sam samantha samira samuel sana sandeep sandra sanjay santiago sara sarah saskia sean sebastian selina
    serena shabnam shanice shannon sharon shaun shazia sheila shelley shirley sian simon simone simran
    siobhan sofia sonia sophia sophie stacey stella stephanie stephen steven stuart sumaya sunita susan
    suzanne sylvia tahira tamara tania tanya tariq tatiana tendai teresa terry thandiwe theresa thomas tia
    tiffany timothy tina tom tomasz toni tracey tracy trevor ursula usha valentina valerie vanessa vera
    veronica vikram vincent virginia wanjiku wendy wiktoria william xavier yasmin yewande yolanda yusuf
    yvonne zahra zainab zara zeynep zoe zofia zuzanna
""")

# Names that are words or places as well: people only where they say something.
AMBIGUOUS: Final = _words("""
    amber april bill charlotte chelsea crystal daisy dawn dean drew eve faith frank glen grace grant guy
    heather holly hope ivy jack jasmine jo june lily mark max may mercy miles olive pat penny poppy rob
    robin rose sandy sue summer victoria will
""")
