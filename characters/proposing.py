"""Reads proposals for facts from an imported script by rules: who people are, how they are related, what befalls them.

Pure and the same every time: ids depend on what is read. It proposes; nothing it finds is canon before an author has
approved it, and a rule that is not sure reads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from characters.canon import Fact
from characters.claims import ClaimRule, ClaimRules
from characters.claims_en import RULES as ENGLISH
from characters.claims_es import RULES as SPANISH
from characters.claims_zh import rules_zh
from characters.hearing import Said, heard, is_name, sentences
from characters.language import Language, language_of
from characters.people import People, people_of
from characters.places import place_of, titled
from characters.proposal import Proposal, with_stable_id
from characters.script import Line, Scene, Script

TEXT_CHARS_MAX = 240
PROPS_SCENES_MIN = 2
"""A thing is worth a fact when its last word comes back in so many scenes."""
_KNEW_BEFORE = frozenset({"name", "relation", "relative", "occupation", "home", "age", "skill", "child"})
"""What one says of oneself or of one's own family on these was so before one said it."""
_NOT_SO = re.compile(r"\b(?:not|never|no longer|isn['’]t|wasn['’]t|aren['’]t)\b|^No soy|^no soy|不是|没有|别")
_IF = re.compile(r"^(?:If|When|Unless|Suppose|Si|Cuando|如果|要是)\b|^(?:如果|要是|假如)")
_SHOWN_BY = "action"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sentence stands."""

    scene: Scene
    line: Line | None
    sentence: str
    said: Said | None

    @property
    def quote(self) -> str:
        where = f"episode {self.scene.episode}, scene {self.scene.number}"
        if self.line is None:
            return f"{where}, heading: {self.scene.heading}"
        return f"{where}, {self.line.speaker or _SHOWN_BY}: {self.sentence}"


def propose(script: Script) -> tuple[Proposal, ...]:
    """Every proposal of the rules, in story order; what is said again is told once, with all who have heard it.

    `known_by` is who hears or sees it, from that episode; of what people say about themselves, they since before the
    story.
    """
    people = people_of(script)
    rules = rules_for(language_of(script), people)
    shown = _shown_scenes(script)
    return _merged(proposal for scene in script.scenes() for proposal in _of_scene(scene, rules, people, shown))


def rules_for(language: Language, people: People) -> ClaimRules:
    """The rules of a language for the people of a show."""
    if language == "zh":
        return rules_zh(people.cues)
    return SPANISH if language == "es" else ENGLISH


def _of_scene(scene: Scene, rules: ClaimRules, people: People, shown: Sequence[str]) -> Iterator[Proposal]:
    heading = _Place(scene, None, place_of(scene.heading), None)
    yield from _applied(rules.places, heading, rules, people)
    for position, line in enumerate(scene.lines):
        if line.speaker is None:
            yield from _introduced(scene, line, rules, people)
            for sentence in sentences(line.text):
                for proposal in _applied(rules.shown, _Place(scene, line, sentence, None), rules, people):
                    if proposal.fact.kind != "prop" or _recurs(proposal.fact.text, shown):
                        yield proposal
        elif line.speaker in people.short:
            said = heard(scene, position, people)
            for sentence in sentences(line.text):
                place = _Place(scene, line, sentence, said)
                yield from _applied(rules.spoken, place, rules, people)
                yield from _called(place, rules, people)


def _applied(found_by: Iterable[ClaimRule], place: _Place, rules: ClaimRules, people: People) -> Iterator[Proposal]:
    for rule in found_by:
        match = rule.pattern.search(place.sentence)
        if match is None or _IF.search(place.sentence):
            continue
        if rule.topic != "relative" and _NOT_SO.search(_clause(place.sentence, match)):
            continue
        if place.sentence.rstrip('”"」 ').endswith(("?", "？")) and not rule.asks:
            continue
        words = _words(rule, match, place, rules, people)
        if words is None:
            continue
        text = rule.text.format_map(words)
        subject = _subject(rule, match, place, people)
        if subject is not None and len(text) <= TEXT_CHARS_MAX:
            yield _proposal(rule, subject, text, place)


def _clause(sentence: str, match: re.Match[str]) -> str:
    """What was matched, with what stands before it since the last comma."""
    before = re.split(r"[,;，；]", sentence[: match.start()])[-1]
    return before + match.group()


def _words(
    rule: ClaimRule, match: re.Match[str], place: _Place, rules: ClaimRules, people: People
) -> dict[str, str] | None:
    """What fills the rule's text; None when something is missing, is nobody's name or says nothing by itself."""
    words = _groups(rule, match, rules, people)
    if words is None:
        return None
    words["sentence"] = place.sentence
    if place.line is None:
        words |= _own_place(match, people)
    words |= _who(place.said, people)
    if "{addressee}" in rule.text and "addressee" not in words:
        return None
    if rule.topic == "relative":
        words["v"] = _standing_alone(words["v"], rules)
        if not words["v"] or _NOT_SO.search(words["v"]):
            return None
    if rule.topic == "name" and rule.about != "n" and not _tells_name(words["v"], rule, place, rules, people):
        return None
    words["the"] = "La" if words.get("k", "").endswith(("a", "madre", "mujer")) else "El"
    words["a"] = "an" if re.match("[aeiou]", words.get("k") or words.get("v", "")) else "a"
    return words


def _groups(rule: ClaimRule, match: re.Match[str], rules: ClaimRules, people: People) -> dict[str, str] | None:
    """What was matched, names as running text writes them; None when one is no name, or both are one person's."""
    words: dict[str, str] = {}
    for group, found in match.groupdict().items():
        if group in ("n", "n2") and found is not None:
            if people.find(found) is None and (rule.people_only or not is_name(found, people, rules.not_names)):
                return None
            words[group] = people.called(found)
        elif found is not None:
            words[group] = found.strip()
    return None if "n" in words and words["n"] == words.get("n2") else words


def _who(said: Said | None, people: People) -> dict[str, str]:
    if said is None:
        return {}
    words = {"speaker": people.short[said.speaker]}
    if said.addressee is not None:
        words["addressee"] = people.short.get(said.addressee, said.addressee)
    return words


def _own_place(match: re.Match[str], people: People) -> dict[str, str]:
    """`HALLAM HOUSE, TAMSIN'S ROOM` is a room at Hallam House; `MARÍN'S BAKERY` is called so."""
    groups = match.groupdict()
    around = groups.get("v")
    place = titled(match.group()[len(around) + 2 :] if around else match.group())
    called = people.find(groups["n"])
    own = called is not None and people.short[called].casefold() == groups["n"].casefold()
    at = f" at {titled(around)}" if around else "" if own else f" called {place}"
    return {"k": groups["k"].casefold(), "place": place, "at": at}


def _standing_alone(clause: str, rules: ClaimRules) -> str:
    """As much of a clause as can be understood without its context, or ""."""
    if not rules.vague.search(clause):
        return clause
    head = re.split(r",| and | but | y | pero |，", clause)[0].strip()
    return "" if head == clause or rules.vague.search(head) or len(head) < len(clause) / 4 else f"{head}."


def _tells_name(value: str, rule: ClaimRule, place: _Place, rules: ClaimRules, people: People) -> bool:
    """Whether `I am X` says more than the cue does: another name, or a longer one."""
    if place.said is None:
        return False
    named = place.said.addressee if rule.about == "addressee" else place.said.speaker
    return named is not None and value != people.short.get(named) and is_name(value, people, rules.not_names)


def _subject(rule: ClaimRule, match: re.Match[str], place: _Place, people: People) -> str | None:
    said = place.said
    groups = match.groupdict()
    if rule.about == "n":
        return people.find(groups["n"]) or groups["n"].upper()
    if rule.about == "pair":
        pair = [people.find(found) or found.upper() for found in (groups.get("n"), groups.get("n2")) if found]
        if said is not None and len(pair) < 2:
            pair = [said.speaker, *(pair or [said.addressee or ""])]
        return " AND ".join(sorted(pair)) if len(set(pair)) == 2 and all(pair) else None
    if said is None:
        return None
    return said.addressee if rule.about == "addressee" else said.speaker


def _proposal(rule: ClaimRule, subject: str, text: str, place: _Place) -> Proposal:
    scene, said = place.scene, place.said
    present = scene.present if said is None else said.heard_by
    known = dict.fromkeys(sorted(present), scene.episode)
    if said is not None and rule.topic in _KNEW_BEFORE and "{speaker}" in rule.text:
        known[said.speaker] = 0
    fact = Fact("", text, subject, scene.episode, scene.number, known_by=known, kind=rule.kind)
    return Proposal(with_stable_id(fact), rule.confidence, f"rules:{rule.topic}", (place.quote,))


@dataclass(frozen=True, slots=True)
class Introduction:
    """How action introduces somebody: `TAMSIN ORR, 26, solder-burnt apron, is nailing …`."""

    cue: str
    age: str
    look: str
    """Up to the first verb, perhaps ""."""
    quote: str


def introductions_in(text: str, rules: ClaimRules, people: People) -> Iterator[Introduction]:
    """Everybody whom a line of action introduces with an age."""
    for match in rules.introduced.finditer(text):
        cue = people.find(match.group("n"))
        if cue is not None:
            yield Introduction(cue, match.group("age"), _look(match.group("v") or ""), match.group().strip())


def _introduced(scene: Scene, line: Line, rules: ClaimRules, people: People) -> Iterator[Proposal]:
    for found in introductions_in(line.text, rules, people):
        words = {"n": people.full[found.cue], "age": found.age, "v": found.look}
        text = (rules.introduction if found.look else rules.introduction_bare).format_map(words)
        known = dict.fromkeys(sorted(scene.present), scene.episode) | {found.cue: 0}
        fact = Fact("", text, found.cue, scene.episode, scene.number, known_by=known)
        place = _Place(scene, line, found.quote, None)
        yield Proposal(with_stable_id(fact), 0.9, "rules:introduction", (place.quote,))


def _look(description: str) -> str:
    """The parts before the first that begins with a verb in the third person."""
    parts: list[str] = []
    for part in re.split(r"[,，、]\s*", description):
        first = part.strip().split(" ")[0] if part.strip() else ""
        if not first or re.fullmatch(r"is|are|has|[a-z]{3,}(?:s|ing)|(?:lo|la|los|las|se|está|entra|espera)", first):
            break
        parts.append(part.strip())
    return ", ".join(parts)


def _called(place: _Place, rules: ClaimRules, people: People) -> Iterator[Proposal]:
    """`Thank you, Papa.`: what somebody calls whom they clearly speak to."""
    match = rules.vocative.search(place.sentence)
    said = place.said
    if match is None or said is None or said.addressee is None:
        return
    kin = rules.vocatives.get(match.group("k")) or rules.vocatives.get(match.group("k").casefold())
    if kin is None or said.addressee not in people.short:
        return
    words = {"speaker": people.short[said.speaker], "addressee": people.short[said.addressee], "k": kin}
    rule = ClaimRule("relation", rules.vocative, rules.relation, "addressee", "relationship", 0.6)
    proposal = _proposal(rule, said.addressee, rules.relation.format_map(words), place)
    both = dict(proposal.fact.known_by) | {said.speaker: 0, said.addressee: 0}  # it is no news to either of them
    yield replace(proposal, fact=replace(proposal.fact, known_by=both))


def _shown_scenes(script: Script) -> list[str]:
    return ["\n".join(line.text for line in scene.lines).casefold() for scene in script.scenes()]


def _recurs(text: str, shown: Sequence[str]) -> bool:
    """Whether the thing at the end of a text comes back: its last word, or its last two Chinese characters."""
    thing = re.search(r"[\u3400-\u9fff]{2}(?=。?$)|[^\W\d_]{4,}(?=\W*$)", text.casefold())
    return thing is not None and sum(thing.group() in scene for scene in shown) >= PROPS_SCENES_MIN


def _merged(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Each once: the first telling, whoever hears it later from then on, and every line it rests on."""
    found: dict[tuple[str, str], Proposal] = {}
    for proposal in proposals:
        key = (proposal.fact.subject, proposal.fact.text.casefold())
        first = found.get(key)
        if first is None:
            found[key] = proposal
            continue
        known = dict(first.fact.known_by)
        for name, episode in proposal.fact.known_by.items():
            known.setdefault(name, episode)
        source = first.source if proposal.source[0] in first.source else (*first.source, *proposal.source)
        found[key] = replace(first, fact=replace(first.fact, known_by=known), source=source)
    return tuple(found.values())
