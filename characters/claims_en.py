"""English rules for facts: who somebody is, whose relative, what they do, where they live, and what befalls them.

Pure data. What is said in jest or in a lie reads like the truth; that is why an author approves.
"""

from __future__ import annotations

import re

from characters.claims import ClaimRules, claim_rule

_UPPER = "A-ZÀ-ÖØ-Þ"
NAME = rf"(?:(?:Mr|Mrs|Ms|Dr|St)\. )?[{_UPPER}][\w-]+(?: [{_UPPER}][\w-]+){{0,2}}"
_CAPS = rf"[{_UPPER}][{_UPPER}.'’-]+(?: [{_UPPER}][{_UPPER}.'’-]+){{0,3}}"
KIN = (
    r"(?:late |half-|step-?|younger |older |elder |twin |only |former |ex-)?"
    r"(?:mother|father|mom|mum|dad|sister|brother|son|daughter|grandmother|grandfather|grandson|granddaughter|"
    r"godmother|godfather|godson|goddaughter|aunt|uncle|nephew|niece|cousin|wife|husband|widow|widower|"
    r"fianc[eé]e?|girlfriend|boyfriend|stepmother|stepfather|stepsister|stepbrother|mother-in-law|father-in-law)\b"
)
JOBS = (
    r"baker|lawyer|solicitor|attorney|doctor|surgeon|nurse|teacher|professor|chef|cook|driver|butler|maid|housekeeper|"
    r"secretary|assistant|bodyguard|detective|inspector|policeman|policewoman|officer|soldier|pilot|sailor|captain|"
    r"fisherman|farmer|carpenter|tailor|painter|singer|actor|actress|dancer|musician|pianist|writer|journalist|"
    r"reporter|photographer|architect|engineer|accountant|banker|waiter|waitress|barista|bartender|cleaner|gardener|"
    r"judge|priest|nun|monk|thief|forger|gambler|registrar|trustee|investor|partner|chairman|chairwoman|"
    r"chief executive|CEO|owner|landlord|landlady|tenant|heir|heiress|mechanic|electrician|programmer|designer|"
    r"florist|restorer|glassblower|lantern-maker|clockmaker|watchmaker|jeweller|jeweler|butcher|barber|hairdresser"
)
_NUMBER = (
    r"\d{1,3}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|"
    r"eight|nine))?|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|ten|eleven|twelve"
)
_AM = r"\b(?:I'm|I’m|I am)"
_S = r"['’]s"
_HOME = r"FLAT|APARTMENT|HOUSE|HOME|ROOM|BEDROOM|COTTAGE|ATTIC|MANSION|VILLA|PENTHOUSE"
_WORK = r"OFFICE|SHOP|BAKERY|CLINIC|STUDIO|WORKSHOP|CAFE|CAFÉ|RESTAURANT|BAR|SALON|GARAGE|FARM|STORE|BOUTIQUE"
_DEATH = r"is dead|died|was murdered|was killed|drowned|dies|drops dead|falls dead"

_SPOKEN = (
    claim_rule(
        "name",
        rf"(?:{_AM}|\b[Mm]y (?:real )?name(?: is|{_S})) (?P<v>{NAME})(?=[.,!;]|$)",
        "{speaker} is {v}.",
        confidence=0.85,
    ),
    claim_rule(
        "name",
        rf"\b[Yy]our (?:real )?name(?: is| was|{_S}) (?P<v>{NAME})(?=[.,!;]|$)",
        "{addressee}'s name is {v}.",
        "addressee",
        confidence=0.8,
    ),
    claim_rule(
        "name",
        rf"^(?P<n>{NAME}), (?P<v>of the [^,.!?]{{3,40}})[.,!]",
        "{n} is {v}.",
        "n",
        confidence=0.7,
        people_only=False,
    ),
    claim_rule(
        "relation",
        rf"{_AM} (?P<n>{NAME}){_S} (?P<k>{KIN})",
        "{speaker} is {n}'s {k}.",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relation", rf"{_AM} your (?P<k>{KIN})", "{speaker} is {addressee}'s {k}.", kind="relationship", confidence=0.8
    ),
    claim_rule(
        "relation",
        rf"\b[Yy]ou(?:['’]re| are) my (?P<k>{KIN})",
        "{addressee} is {speaker}'s {k}.",
        "addressee",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME}) (?:is|was) (?P<n2>{NAME}){_S} (?P<k>{KIN})",
        "{n} is {n2}'s {k}.",
        "n",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME}) (?:is|was) my (?P<k>{KIN})",
        "{n} is {speaker}'s {k}.",
        "n",
        kind="relationship",
        confidence=0.85,
    ),
    claim_rule(
        "relation",
        rf"(?P<n>{NAME}) (?:is|was) your (?P<k>{KIN})",
        "{n} is {addressee}'s {k}.",
        "n",
        kind="relationship",
        confidence=0.8,
    ),
    claim_rule(
        "relation",
        rf"\b[Mm]y (?P<k>{KIN}) (?P<n>{NAME})(?=[.,!;]| )",
        "{n} is {speaker}'s {k}.",
        "n",
        kind="relationship",
        confidence=0.7,
        people_only=False,
    ),
    claim_rule(
        "relative",
        rf"^(?:And |But |Well, |No, )?[Mm]y (?P<k>{KIN}) (?P<v>(?:is|was|has|had|died|drowned|left|works|worked|lives|lived|sold|built|married|killed|painted|taught|owns|owned|runs|ran|made|gave|wrote)\b.+)$",
        "{speaker}'s {k} {v}",
        confidence=0.7,
    ),
    claim_rule(
        "occupation",
        rf"{_AM} (?P<v>(?:a|an|the|your|his|her) (?:[\w-]+ ){{0,2}}(?:{JOBS}))(?=[.,!;]|$)",
        "{speaker} is {v}.",
        confidence=0.75,
    ),
    claim_rule(
        "occupation",
        rf"(?P<n>{NAME}) (?:is|was) (?P<v>(?:a|an|the) (?:[\w-]+ ){{0,2}}(?:{JOBS}))(?=[.,!;]|$)",
        "{n} is {v}.",
        "n",
        confidence=0.75,
    ),
    claim_rule(
        "occupation",
        rf"^(?P<n>{NAME}), (?P<v>the (?:[\w-]+ )?(?:{JOBS}))(?=[.,!;])",
        "{n} is {v}.",
        "n",
        confidence=0.65,
        people_only=False,
    ),
    claim_rule(
        "occupation", r"\bI (?P<v>work (?:as|at|for) [^,.!?;]{3,50})", "{speaker} works: “I {v}.”", confidence=0.7
    ),
    claim_rule(
        "home",
        r"\bI live (?P<v>(?:in|at|on|over|above|with|next to) [^,.!?;]{3,50})",
        "{speaker} lives {v}.",
        confidence=0.75,
    ),
    claim_rule("age", rf"{_AM} (?P<v>{_NUMBER})(?: years old)?(?=[.,!;]|$)", "{speaker} is {v}.", confidence=0.7),
    claim_rule("death", rf"(?P<n>{NAME}) (?P<v>{_DEATH})\b", "{n} {v}.", "n", confidence=0.6, people_only=False),
    claim_rule(
        "dismissal",
        r"\b[Yy]ou(?:['’]re| are) (?:fired|dismissed|sacked)\b",
        "{speaker} dismisses {addressee}.",
        "addressee",
        confidence=0.75,
    ),
    claim_rule("child", rf"{_AM} (?:pregnant|expecting|having a baby)\b", "{speaker} is pregnant.", confidence=0.85),
    claim_rule("child", rf"(?P<n>{NAME}) is pregnant\b", "{n} is pregnant.", "n", confidence=0.8),
    claim_rule(
        "proposal",
        r"^Marry me\b|\b[Ww]ill you marry me\b",
        "{speaker} asks for {addressee}'s hand.",
        "pair",
        kind="relationship",
        confidence=0.85,
        asks=True,
    ),
    claim_rule(
        "marriage",
        r"^We(?:['’]re| are| got) (?P<v>married|engaged|divorced)\b",
        "{speaker} and {addressee} are {v}.",
        "pair",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "marriage",
        rf"(?P<n>{NAME}) and (?P<n2>{NAME}) are (?:getting )?(?P<v>married|engaged|divorced)\b",
        "{n} and {n2} are {v}.",
        "pair",
        kind="relationship",
        confidence=0.8,
    ),
    claim_rule(
        "marriage",
        rf"(?P<n>{NAME}) (?:will marry|is marrying|married) (?P<n2>{NAME})",
        "{n} marries {n2}.",
        "pair",
        kind="relationship",
        confidence=0.7,
        people_only=False,
    ),
    claim_rule(
        "promise", r"\bI (?:promise|give you my word)\b(?P<v>.*)", "{speaker} promises: “{sentence}”", confidence=0.55
    ),
)
_SHOWN = (
    claim_rule("death", rf"(?P<n>{NAME}) (?P<v>{_DEATH})\b", "{n} {v}.", "n", confidence=0.7),
    claim_rule(
        "kiss",
        rf"(?P<n>{NAME}) kisses (?P<n2>{NAME})",
        "{n} kisses {n2}.",
        "pair",
        kind="relationship",
        confidence=0.75,
    ),
    claim_rule(
        "prop",
        rf"(?P<n>{NAME}) (?P<v>(?:carries|wears|clutches|unscrews) (?:a|an|the|his|her) [^,.;:—]{{3,60}})",
        "{n} {v}.",
        "n",
        kind="prop",
        confidence=0.6,
    ),
    claim_rule(
        "prop",
        rf"\b(?P<n>{NAME}){_S} (?P<v>[a-z-]+(?: [a-z-]+)?) (?:lie|lies|hangs|hang|rests|stands)\b",
        "{n} has {a} {v}.",
        "n",
        kind="prop",
        confidence=0.5,
    ),
)
_PLACES = (
    claim_rule(
        "home",
        rf"(?:(?P<v>[^,.]+), )?\b(?P<n>[^,.]+?)['’]S (?P<k>{_HOME})\b",
        "{n} has {a} {k}{at}.",
        "n",
        confidence=0.7,
    ),
    claim_rule(
        "work",
        rf"(?:(?P<v>[^,.]+), )?\b(?P<n>[^,.]+?)['’]S (?P<k>{_WORK})\b",
        "{n} has {a} {k}{at}.",
        "n",
        confidence=0.7,
    ),
)
_NOT_NAMES = """
i god english french spanish chinese american british mr mrs ms sir monday tuesday wednesday thursday friday
saturday sunday christmas easter yes no well madam miss and but so the a an it he she they we you this that
who what where when why how everybody someone somebody everyone then now here there
"""

RULES = ClaimRules(
    spoken=_SPOKEN,
    shown=_SHOWN,
    places=_PLACES,
    introduced=re.compile(rf"(?P<n>{_CAPS}), (?:aged? )?(?P<age>\d{{1,3}})s?(?:, (?P<v>[^.!?;]+))?"),
    introduction="{n} is {age}: {v}.",
    introduction_bare="{n} is {age}.",
    vocatives={
        "Papa": "father",
        "Dad": "father",
        "Daddy": "father",
        "Father": "father",
        "Da": "father",
        "Mama": "mother",
        "Mum": "mother",
        "Mom": "mother",
        "Mummy": "mother",
        "Mother": "mother",
        "Grandmother": "grandmother",
        "Grandma": "grandmother",
        "Grandfather": "grandfather",
        "Grandpa": "grandfather",
        "Godmother": "godmother",
        "Godfather": "godfather",
        "Auntie": "aunt",
        "Uncle": "uncle",
    },
    vocative=re.compile(
        r"(?:^|, )(?P<k>Papa|Dad|Daddy|Father|Da|Mama|Mum|Mom|Mummy|Mother|Grandmother|Grandma|Grandfather|Grandpa|"
        r"Godmother|Godfather|Auntie|Uncle)(?:[,.!?]|$)"
    ),
    relation="{addressee} is {speaker}'s {k}.",
    not_names=frozenset(_NOT_NAMES.split()),
    vague=re.compile(
        r"\b(?:I|it|that|this|these|those|you|your|him|her|he|she|them|they|me|my|us|we|here|there|whose)\b",
        re.IGNORECASE,
    ),
)
