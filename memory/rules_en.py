"""English rules: what a fan says of themself, slot by slot.

Pure data. A rule errs on the side of reading nothing: a note that is wrong is worse than one that is missing, for the
words themselves stay searchable.
"""

from __future__ import annotations

import re

from memory.rules import Rule, rule

STOP = re.compile(
    r"\s+(?:with|since|for|because|now|right now|last|this|next|yesterday|today|tomorrow|tonight|when|where|who|which|"
    r"and|but|so|these|until|till|after|before|ago|anymore|any more|again|too|as well|already|though|these days|"
    r"at the moment|currently|instead|if|while|lol|haha|btw|by the way|actually|please|in (?:19|20)\d\d|"
    r"for now|permanently|recently|every|more than|whenever|to be)\b.*|[,;:(!?.].*",
    re.IGNORECASE | re.DOTALL,
)
_NEVER_TEXT = """
you him her it that this them how when what why the way there here everything everyone later maybe back crazy
sometime tomorrow if being nothing something anything myself u ur to hope fear tears peace denial silence
future heaven hell love limbo
"""
NEVER = frozenset(_NEVER_TEXT.split())
_NAME = r"(?P<v>[^\W\d_][\w'’-]*(?: (?-i:[A-Z])[\w'’-]+){0,2})"
_I = r"\b(?:i|we)"
_AM = r"\b(?:i'?m|i am|we'?re|we are)"
_ADV = r"(?:really |absolutely |also |still |do |just |actually |now |so |always |totally |truly |currently |kind of )*"
_PET = r"dog|puppy|cat|kitten|parrot|hamster|rabbit|horse|turtle|bird|fish|snake|pet"
_KIN = (
    r"mother|mum|mom|father|dad|sister|brother|son|daughter|grandmother|grandma|granny|grandfather|grandpa|aunt|uncle|"
    r"cousin|niece|nephew|boss|roommate|flatmate|best friend|teacher|neighbour|neighbor"
)
_PARTNER = r"bf|gf|husband|wife|boyfriend|girlfriend|partner|fianc[eé]e?"
_JOBS = (
    r"nurse|teacher|doctor|lawyer|engineer|chef|cook|baker|barista|waiter|waitress|student|driver|pilot|carpenter|"
    r"plumber|electrician|accountant|designer|developer|programmer|writer|journalist|photographer|musician|singer|actor|"
    r"actress|dancer|painter|artist|florist|gardener|farmer|firefighter|policeman|police officer|soldier|paramedic|"
    r"dentist|vet|pharmacist|therapist|psychologist|scientist|biologist|chemist|librarian|translator|architect|tailor|"
    r"hairdresser|barber|mechanic|cashier|secretary|receptionist|manager|consultant|professor|tutor|researcher|"
    r"analyst|electrician|welder|sailor|fisherman|butcher|tour guide|flight attendant|social worker|data scientist|"
    r"freelancer|model|seamstress|judge|midwife|radiographer|surgeon|optician|bartender|editor|illustrator"
)
_OVER = r"(?:don'?t|do not|no longer)"
_DATED = (
    r"exam|interview|wedding|flight|trip|surgery|appointment|party|graduation|concert|recital|audition|deadline|test"
)

_ABOUT_SELF: tuple[Rule, ...] = (
    rule("fact", "name", rf"\b(?:my (?:real |first )?name(?:'s| is)(?: now| actually)?|(?:^|please |just |you can |you may |actually,? |, )call me|i'?m called|i am called|i go by(?: the name)?(?: of)?(?: now)?) (?!no\b|not\b|an?\b|the\b|on\b|in\b){_NAME}"),
    rule("fact", "home", rf"{_I}(?:'m| am|'re| are| now| still| currently| just|'ve been| have been| actually)* (?:live|living|based|settled) (?:back )?(?:over )?(?:in|at|near|on) (?P<v>.+)"),
    rule("fact", "home", rf"{_I}(?:'ve| have)?(?: just| recently| finally| actually| now)* (?:moved|relocated)(?: back)?(?: here)?(?: from [\w ]+?)? to (?P<v>.+)"),
    rule("fact", "home", r"\bmy (?:new )?(?:home|place|flat|apartment|house) is (?:now )?in (?P<v>.+)"),
    rule("fact", "home", rf"{_I} used to live in (?P<v>.+)", past=True),
    rule("fact", "home", rf"{_I} {_OVER} live (?:in|at) (?P<v>.+)", retracts=True),
    rule("fact", "origin", rf"(?:{_AM}(?: originally)? from|{_I} come from|{_I} grew up in|{_I} was born in) (?P<v>(?!\d).+)"),
    rule("fact", "birthday", r"\bmy b(?:irth)?day(?:'s| is)(?: on| in)?(?: the)? (?P<v>.+)"),
    rule("fact", "age", rf"{_AM}(?: now| already)? (?P<v>\d{{1,3}})(?: years old| now)?\s*(?:$|[,.!])"),
    rule("fact", "age", rf"{_I}(?:'ve| have)?(?: just)? turned (?P<v>\d{{1,3}})\b"),
    rule("fact", "work", rf"(?:{_I}(?:'m| am)? (?:now )?(?:work|working)(?: now)? as|my (?:new )?job is(?: being)?|i(?:'ve| have)? become|i became) (?P<v>.+)"),
    rule("fact", "work", rf"{_AM} (?:now )?(?:an? )(?:\w+ ){{0,2}}?(?P<v>(?:{_JOBS}))\b(?! fan|'s)"),
    rule("fact", "work", rf"{_I}(?:'ve| have)?(?: just)? (?:got|started|found|took) (?:a|my) (?:new )?job as (?P<v>.+)"),
    rule("fact", "employer", rf"{_I}(?:'m| am)?(?: now| still| currently)? (?:work|working) (?:at|for|in) (?P<v>(?!the (?:morning|evening|afternoon)|peace|silence).+)"),
    rule("fact", "employer", rf"{_I}(?:'ve| have)?(?: just)? (?:got|started|found|took) a (?:new )?job (?:at|with|in) (?P<v>.+)"),
    rule("fact", "work", r"\bi (?:quit|lost|left) my job\b|\bi(?: was| got) (?:fired|laid off)\b|\bi'?m (?:unemployed|retired)\b|\bi(?:'ve| have)?(?: just)? retired\b", retracts=True),
    rule("fact", "employer", r"\bi (?:quit|lost|left) my job\b|\bi(?: was| got) (?:fired|laid off)\b|\bi'?m (?:unemployed|retired)\b|\bi(?:'ve| have)?(?: just)? retired\b", retracts=True),
    rule("fact", "employer", rf"{_I} {_OVER} work (?:at|for|in) (?P<v>.+)", retracts=True),
    rule("fact", "work", rf"{_I} {_OVER} work as (?P<v>.+)", retracts=True),
    rule("fact", "study", rf"(?:{_AM}(?: now)? (?:studying|majoring in)|{_I}(?: now)? study|my major is(?: now)?|{_I} (?:switched|changed)(?: my major)? to studying|{_I} (?:switched|changed) my major to) (?P<v>(?!at\b|hard|late|every|with).+)"),
    rule("fact", "allergy:{v}", rf"{_AM} (?:very |really |so |deathly )?allergic to (?P<v>.+)"),
    rule("fact", "language", r"\bmy (?:native language|mother tongue|first language) is (?P<v>.+)"),
)  # fmt: skip
_OTHERS: tuple[Rule, ...] = (
    rule("fact", "partner", rf"\bmy (?:{_PARTNER})(?:'s name is|'s called| is called| is named|,? is|'s|,)? {_NAME}", names=True),
    rule("fact", "partner", rf"(?:{_AM} (?:dating|seeing|married to|engaged to)) {_NAME}", names=True),
    rule("fact", "partner", r"\b(?:i|we) (?:broke|split) up\b|\bmy (?:husband|wife|boyfriend|girlfriend|partner|bf|gf) (?:left|dumped) me\b|\bi(?:'m| am) single\b|\bi got divorced\b", retracts=True),
    rule("fact", "status", rf"{_AM} (?:now |finally |officially |happily |recently )*(?P<v>married|single|engaged|divorced|widowed|pregnant)\b(?! to (?:my (?:job|work)|the))"),
    rule("fact", "status", r"\b(?:i|we)(?:'ve| have)?(?: just| finally)? got(?:ten)? (?P<v>married|engaged|divorced)\b"),
    rule("fact", "pet:{k}", rf"\bmy (?:new |little |old |other )?(?P<k>{_PET})(?:'s name is(?: now)?|'s called| is called| is named|'s named|,? is| is now called|,)? {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"{_I}(?:'ve| have)?(?: just)? (?:have|got|adopted|own|had)(?: got)?(?: an?)?(?: new| little| old| tiny| big| \w+)? (?P<k>{_PET}),? (?:called|named) {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"{_I}(?:'ve)?(?: renamed| now call)(?: my| our| the)? (?P<k>{_PET}) {_NAME}", names=True),
    rule("fact", "pet:{k}", rf"\b(?:my|our) (?P<k>{_PET}) (?:died|passed away|ran away)\b|{_I} (?:don'?t|no longer) have (?:a|my|our|the) (?P<k2>{_PET})\b", retracts=True),
    rule("fact", "family:{k}", rf"\bmy (?:new |little |big |older |younger |twin )?(?P<k>{_KIN})(?:'s name is(?: now)?|'s called| is called| is named|,? is|,)? {_NAME}", names=True),
    rule("fact", "family:{k}", rf"{_I}(?:'ve| have)? (?:have|got)(?: got)? an? (?:\w+ )?(?P<k>{_KIN}),? (?:called|named) {_NAME}", names=True),
    rule("fact", "count:{k}", r"\bi(?:'ve got| have(?: now)?| now have) (?P<v>no|one|two|three|four|five|six|seven|\d+) (?:\w+ )?(?P<k>brother|sister|sibling|kid|child|son|daughter|cat|dog|cousin)(?:s|ren)?\b"),
    rule("event", "date:{k}", rf"\bmy (?P<k>(?:\w+ )?(?:{_DATED}))(?:'s| is| was| has been| got|'s been| will be)(?: now)?(?: moved to| postponed to| postponed until| rescheduled to| rescheduled for| scheduled for)?(?: on| at| in)?(?: the)? (?P<v>(?:next |this )?(?:\w+day|january|february|march|april|may|june|july|august|september|october|november|december|tomorrow|week|month|year|\d).*)"),
)  # fmt: skip
_TASTES: tuple[Rule, ...] = (
    rule("preference", "favourite:{k}", r"\bmy (?:new |all-time |absolute )*fav(?:ou?rite)? (?P<k>\w+(?: \w+)?)(?: is(?: now)?|'s) (?P<v>.+)"),
    rule("preference", "likes:{v}", rf"{_I} {_ADV}(?:hate|dislike|detest|loathe|can'?t stand|cannot stand|don'?t (?:really )?like|do not like|don'?t (?:really )?enjoy|no longer (?:like|love|enjoy)|don'?t (?:like|love) ) ?(?P<v>.+)", value="dislike"),
    rule("preference", "likes:{v}", rf"{_I} {_ADV}(?:love|like|adore|enjoy)(?: to eat| eating| drinking| listening to)? (?P<v>.+)", value="like"),
    rule("preference", "likes:{v}", rf"{_AM} {_ADV}(?:into|a (?:big |huge )?fan of|crazy about|obsessed with|fond of) (?P<v>.+)", value="like"),
    rule("preference", "likes:{v}", rf"{_AM} (?:not (?:really )?(?:into|a fan of)|no longer into|tired of|sick of) (?P<v>.+)", value="dislike"),
)  # fmt: skip
_BOUNDARIES: tuple[Rule, ...] = (
    rule("boundary", "boundary:{v}", r"\b(?:you can|it'?s ok(?:ay)? (?:now )?to|you may|feel free to) (?:now )?(?:talk|ask|speak)(?: to me| me| with me)?(?: again)? about (?P<v>.+)", retracts=True),
    rule("boundary", "boundary:{v}", r"\b(?:don'?t|do not|never|stop|please not) (?:you )?(?:ever |please )?(?:talk(?:ing)?|ask(?:ing)?|mention(?:ing)?|speak(?:ing)?|bring(?:ing)? up|tease|teasing)(?: to me| me| with me)?(?: about| of)? (?P<v>.+)"),
    rule("boundary", "boundary:{v}", r"\b(?:i (?:really )?(?:don'?t|do not) (?:want|like) to (?:talk|speak|hear|think) about|i'?d rather not (?:talk|speak) about|let'?s not (?:talk|speak) about|can we not talk about) (?P<v>.+)"),
    rule("boundary", "boundary:call me", r"\b(?:don'?t|do not|never|stop) (?:ever )?call(?:ing)? me (?P<v>.+)"),
)  # fmt: skip
_PLANS: tuple[Rule, ...] = (
    rule("promise", "plan:{v}", r"\bi (?:promise|swear)(?: you)?(?: that)?(?: to| i(?:'ll| will))? (?P<v>\w+ .+)"),
    rule("promise", "plan:{v}", r"\bi(?:'ll| will) (?P<v>(?!be honest|kill|die|hurt|tell you|admit|say|never|see|just|be right|be back|think|try|miss|wait|let|take your|be fine|do it|give you)\w+ \w+.+)", confidence=0.6),
    rule("event", "plan:{v}", rf"(?:{_AM} (?:going to|gonna|planning to)|{_I} (?:plan|intend|decided) to) (?P<v>(?!be honest|say|kill|die|cry|ask|hurt|bed\b|sleep|work\b|school|the\b|an?\b|my\b)\w+.+)", confidence=0.7),
    rule("event", "plan:{v}", rf"{_AM} (?P<v>(?:flying|travelling|traveling|moving|going|starting|leaving|graduating|getting married|visiting|seeing)\b.* (?:tomorrow|tonight|next \w+|on \w+day|this \w+|in (?:january|february|march|april|may|june|july|august|september|october|november|december)).*)", confidence=0.7),
    rule("event", "happened:{v}", rf"{_I}(?:'ve| have)?(?: just| finally| also)? (?P<v>(?:passed|failed|bought|adopted|graduated|won|finished|visited|went to|ran|baked|painted|broke my|wrote|met|planted|saw|watched|started|learned|learnt|quit|sold|lost my)\b.+)", confidence=0.6),
)  # fmt: skip
RULES = (*_ABOUT_SELF, *_OTHERS, *_TASTES, *_BOUNDARIES)
LATER_RULES = _PLANS
"""Tried when none of the others reads anything in a clause."""

UNREAL = re.compile(
    r"\bif i\b|\bif we\b|\bwhat if\b|\bimagin|\bsuppose\b|\bpretend|\blet'?s say\b|\bi wish\b|\bi'?d (?!rather not)|\bwould\b|\bcould have\b|"
    r"\bdream(?:ed|t)\b|\bin my dream|\bin the game\b|\bas if\b|\bmaybe i\b|\bperhaps i\b|\bi might\b|\bi may\b|\bjoking\b|\bjust kidding\b|"
    r"\bhypothetically\b|\bnot true that\b|\bin another life\b|\bin the (?:story|film|movie|book|song)\b|\bunless i\b|\bsay i\b|\brole.?play|"
    r"\bit'?s not that i\b|\bnobody\b|\bi don'?t think i\b",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"\b(?!i |we )(?:\w+) (?:says?|said|told (?:me|you|everyone|us)|tells?|thinks?|thought|claims?|claimed|insists?|"
    r"wrote|believes?|reckons?|asked|shouted|sings?|goes)(?: that)?(?: to me)?(?::|,| that| i\b| my\b| we\b| \")",
    re.IGNORECASE,
)
JOINTS = re.compile(r",? (?:and|but|so|because|plus|although|though) (?=(?:i|my|we|i'm|our|call)\b)|, (?=(?:i|my|we|i'm|our)\b)| — | – | - ", re.IGNORECASE)  # fmt: skip
