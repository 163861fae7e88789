"""What a character may not say to a minor: courting, and praise that is meant to bind.

Pure. A romance of the story may be told; what is refused is one with the fan. It is asked only about replies to minors.
"""

from __future__ import annotations

import re

from memory.words import folded

_COURTS = re.compile(
    "|".join(
        (
            r"\bi (?:really |truly |still |do |also )?(?:love|adore|desire|want|crave) you\b(?! to\b| for (?:that|it|this)\b)|\bi(?:'m| am) (?:falling )?in love with you\b|\b(?:kiss|hold|touch|undress|marry|seduce) me\b|\b(?:kiss|touch|undress|marry|seduce) you\b",
            r"\b(?:be|you(?:'re| are)) (?:mine|my (?:girlfriend|boyfriend|lover|beloved|wife|husband|one true love))\b|\bmy (?:love|beloved|lover)\b(?! for)|\b(?:our|a) (?:first )?(?:kiss|date|wedding night)\b(?= (?:tonight|together|with you|will))|\bdate me\b|\bgo on a date with (?:me|you)\b",
            r"\byou(?:'re| are) (?:so |very |really |incredibly |the most )?(?:sexy|hot|gorgeous|beautiful|pretty|handsome|irresistible|seductive|desirable)\b|\byou look (?:so |very |really )?(?:sexy|hot|gorgeous|beautiful|handsome)\b|\bthe most (?:beautiful|perfect|special|wonderful) (?:girl|boy|person|creature|thing)(?: \w+){0,4} (?:seen|met|known|alive|world)\b|\bnobody (?:else )?(?:understands|is) (?:me )?like you\b|\byou(?:'re| are) (?:perfect|the best|better than everyone)\b",
            # Spanish
            r"\bte (?:amo|deseo|quiero (?:besar|para mi)|adoro)\b|\bestoy enamorad[oa] de ti\b|\bme enamore de ti\b|\b(?:besame|abrazame fuerte|casate conmigo|acariciame)\b|\bquiero besarte\b|\b(?:mi amor|amor mio|mi amante)\b|\bse (?:mi|tu) novi[oa]\b|\beres mi[oa]\b|\b(?:sal|salir) conmigo en una cita\b|\beres (?:tan |muy )?(?:sexy|irresistible|perfect[oa]|hermos[oa]|guap[oa]|bell[oa])\b|\bla persona mas (?:hermosa|especial|perfecta)\b|\bnadie me entiende como tu\b",
            # Chinese
            r"我(?:好|很|真的|也)?(?:爱|愛)(?:上)?你|我想要你|(?:吻|亲|親|抱|摸)我(?:吧|一下|$|。|！)|我想(?:吻|亲|親)你|做我(?:的)?(?:女朋友|男朋友|女友|男友)|嫁给我|嫁給我|跟我约会|和我约会|你是我的(?:人|女人|男人|爱人)|(?:亲爱的|親愛的)?我的爱人|你(?:好|真|太)(?:性感|美|漂亮|帅|帥)|你是(?:世界上|全世界)?最(?:美|完美|特别|特別)的|只有你懂我",
        )
    )
)


def courts(text: str) -> bool:
    """Whether a reply, or a part of one, courts whom it is said to, or binds them with praise."""
    return _COURTS.search(folded(text)) is not None
