"""Questions whose answer is in many places: “which books have I read?”, “how many …”, and words of the kind asked for.

Pure, and English only: a question in another language is searched like any other. The words of a kind say where to
look and never what is true, so a missing one costs an answer its place and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from memory.stems import stems

QUESTION_CHARS_MAX = 300
"""A longer message asks for more than a list."""
_PLURAL = r"(?!(?:this|does|was|has|his|always|class|business|process|christmas|tennis|news)\b)[a-z]{3,}(?<!s)s"
_MANY = re.compile(
    "|".join(
        (
            r"\bboth\b|\bhow many\b|\bin common\b|\bsimilar\b|\bshare\b",
            rf"^(?:what|which)\b[^?]*?\b{_PLURAL}\b[^?]*\b(?:has|have|does|do|did|is|are|were|was|can|could)\b",
            r"^(?:what|which) (?:kind|type|sort)s?\b",
            r"^(?:what|who) (?:are|were)\b|^in what ways\b",
            r"^(?:what|where|who|which|in what)\b[^?]*?\b(?:has|have)\b",
            r"^what (?:do|does) [^?]{1,40}\b(?:like|love|enjoy|hate|collect)\b",
            r"^(?:has|have|did|does|do) [^?]* (?:and|or) ",
        )
    ),
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many\b|\bboth\b", re.IGNORECASE)
_ONE_TIME = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|"
    r"\b(?:at|during|in|from|on) the\b|\bphoto\b|\brecently\b|\blast\b",
    re.IGNORECASE,
)
"""What makes a question one about a single time: its answer is in one place."""
_KINDS_TEXT = {
    "book novel author series": "book novel read reading story author series chapter library fantasy",
    "movie film show tv series": "movie film watch watched watching cinema show series season episode trilogy actor",
    "music song band artist musician instrument concert": "music song band concert guitar piano violin drums album "
    "sing singer listen play playing festival",
    "game": "game play played playing console switch playstation xbox nintendo rpg multiplayer level tournament",
    "pet animal": "dog cat puppy kitten turtle fish bird rabbit hamster horse snake guinea pig pet named adopted",
    "food dish recipe dessert meal cuisine snack drink": "cook cooked cooking bake baked baking recipe cake cookies "
    "pie soup salad pasta chicken ice cream chocolate pizza bread delicious tasty eat dinner",
    "city country place location state area travel trip": "trip travel travelled visit visited went been city country "
    "beach mountain park vacation tour flight europe",
    "hobby activity interest fun": "hobby love enjoy hiking running painting reading writing cooking dancing swimming "
    "camping gardening photography yoga play playing",
    "sport exercise workout": "basketball football soccer tennis run running gym yoga swim surf bike hike ski boxing "
    "kickboxing weight training team",
    "art painting craft": "paint painted painting draw drawing sketch sculpture pottery clay canvas photo craft",
    "event": "attended went parade festival conference concert meeting fair gala party fundraiser show competition",
    "family child kid sibling relative": "son daughter brother sister mom dad mother father wife husband kids grandma "
    "cousin aunt",
    "job career work": "job work career company business boss office hired promotion quit position",
    "gift present": "gift gave present bought received",
    "vehicle car": "car bike truck drive bought repair",
    "flower plant garden": "flower rose sunflower plant garden tree",
    "color colour": "red blue green yellow purple pink black white orange",
    "health injury problem": "hurt injured doctor hospital ankle pain sick surgery sprain",
    "award prize competition tournament": "won win award first place prize trophy competition tournament contest",
    "volunteer charity cause": "volunteer volunteering shelter charity donate donated fundraiser help community "
    "homeless",
    "feel emotion emotional": "feel happy sad excited nervous proud stressed anxious grateful",
    "goal plan dream": "plan planning goal dream hope want going",
    "school class course degree": "school class course degree study studying learn college university lesson workshop",
    "technology device gadget": "phone computer laptop app device drone camera robot",
    "clothes outfit": "dress shoes shirt jacket hat necklace wear",
    "friend people": "friend met meet together",
}
"""Names of a kind -> words that people use when they speak of one of it."""


def _kinds() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for names, words in _KINDS_TEXT.items():
        for name in stems(names):
            found[name] = found.get(name, frozenset()) | frozenset(stems(words))
    return found


_KINDS = _kinds()


def asks_for_many(question: str) -> bool:
    """Whether the answer is likely to be in many places."""
    text = question.strip()
    if len(text) > QUESTION_CHARS_MAX or not _MANY.search(text):
        return False
    return _ONE_TIME.search(text) is None or _COUNTED.search(text) is not None


def words_of_kinds(question: str) -> frozenset[str]:
    """Stems of what belongs to the kinds of things that a question names, without its own."""
    asked = frozenset(stems(question))
    return frozenset(word for stem in asked for word in _KINDS.get(stem, ())) - asked
