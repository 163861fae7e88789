"""What a character remembers of a fan, as values: notes, how a new saying changes them, and how a turn is forgotten.

Pure: ids are made from turns, time is an argument. It decides nothing about words — what a sentence says about the fan
is an extractor's business — and a note never changes owner.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from characters.canon import Term

NoteKind = Literal["fact", "preference", "promise", "event", "boundary"]
NOTES_MAX = 500
"""Of one fan with one character. Beyond it the oldest that are over go first, boundaries never."""
NOTE_CHARS_MAX = 280
PERSONAL = frozenset(
    [
        "name",
        "home",
        "origin",
        "birthday",
        "age",
        "work",
        "employer",
        "study",
        "language",
        "status",
        "partner",
        "family",
        "pet",
        "count",
        "date",
        "allergy",
    ]
)
"""Predicates that are about the fan's own life and not about the show."""
TERM_CHARS_MIN = 2
OLD_VALUE_CHARS_MIN = 2
"""A shorter value is in too many words to tell that a note depends on it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose notes: one fan, with one character of one show. Nobody else's are ever read with them."""

    fan: str
    show: str
    character: str


@dataclass(frozen=True, slots=True)
class Saying:
    """What an extractor read in a fan's words, not yet a note."""

    kind: NoteKind
    slot: str
    """Subject and predicate: `fan.home`, `fan.pet:dog`. One slot has one current value."""
    value: str
    """What fills the slot, folded so that equal values are equal; "" for “no longer”."""
    text: str
    """The fan's own words."""
    confidence: float = 0.9
    past: bool = False
    """Said of a time that is over (“I used to live in Lima”): it never becomes the current value."""
    retracts: str | None = None
    """For a value of "": the value that is over, or None for whatever is current."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remembered saying. Times are milliseconds since the epoch, UTC."""

    id: str
    owner: Owner
    kind: NoteKind
    slot: str
    value: str
    text: str
    said_at_ms: int
    from_turns: tuple[str, ...]
    """The turns it was said in, oldest first; its text is from the first."""
    confidence: float
    horizon: int
    """How far a fan must have watched for it to be told; 0 when nothing of the show is in it."""
    valid_from_ms: int
    valid_to_ms: int | None = None
    superseded_by: str | None = None
    """The note that took its place, or None for what is current or was already over when it was said."""
    stale: bool = False
    """What it rests on has changed since: it may not hold any more."""
    last_used_ms: int | None = None

    @property
    def current(self) -> bool:
        """Whether it holds, as far as the fan has said."""
        return self.valid_to_ms is None


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write: notes to keep as they are here (new or changed), ids to delete, turns to read again."""

    kept: tuple[Note, ...] = ()
    removed: tuple[str, ...] = ()
    reread: tuple[str, ...] = ()
    """Turns whose words stay but whose note is gone, because its text came from another turn that was forgotten."""


def note_id(owner: Owner, turn: str, number: int) -> str:
    """The id of the `number`th note of a turn: the same whenever the turn is read again."""
    key = "\x1f".join((owner.fan, owner.show, owner.character, turn, str(number)))
    return f"n-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def merged(
    notes: Sequence[Note],
    sayings: Iterable[Saying],
    *,
    owner: Owner,
    turn: str,
    horizons: Mapping[str, int],
    at_ms: int,
) -> Changes:
    """What a turn's sayings make of the notes there are.

    The same value again confirms a note; another value supersedes it, and what mentions the old value becomes stale.
    A turn that is read late (its extraction was lost) never supersedes what was said after it. `horizons`: slot -> how
    far one must have watched to be told it; missing is 0. Reading a turn twice changes nothing the second time.
    """
    book = {note.id: note for note in notes}
    before = dict(book)
    for number, saying in enumerate(sayings):
        new = Note(
            id=note_id(owner, turn, number),
            owner=owner,
            kind=saying.kind,
            slot=saying.slot,
            value=saying.value,
            text=saying.text[:NOTE_CHARS_MAX],
            said_at_ms=at_ms,
            from_turns=(turn,),
            confidence=saying.confidence,
            horizon=horizons.get(saying.slot, 0),
            valid_from_ms=at_ms,
            valid_to_ms=at_ms if saying.past else None,
        )
        _take_in(book, new, saying)
    gone = _over_limit(book.values())
    return Changes(
        kept=tuple(note for key, note in book.items() if key not in gone and before.get(key) != note),
        removed=tuple(sorted(gone & before.keys())),
    )


def _take_in(book: dict[str, Note], new: Note, saying: Saying) -> None:
    turn = new.from_turns[0]
    held = [note for note in book.values() if note.slot == new.slot]
    if new.id in book or any(turn in note.from_turns and note.value == new.value for note in held):
        return
    current = next((note for note in held if note.current), None)
    if saying.past or current is None:
        if not new.value and not saying.past:
            return  # nothing was known that could be over
        book[new.id] = new
    elif current.value == new.value:
        sure = current.confidence + (1.0 - current.confidence) / 2
        book[current.id] = replace(current, from_turns=(*current.from_turns, turn), confidence=sure, stale=False)
    elif not new.value and saying.retracts is not None and saying.retracts != current.value:
        return  # what is over is not what holds now
    elif current.valid_from_ms > new.valid_from_ms:
        _take_in_late(book, new, held)
    else:
        book[new.id] = new
        book[current.id] = replace(current, valid_to_ms=new.valid_from_ms, superseded_by=new.id)
        _mark_stale(book, current, stale=True)


def _take_in_late(book: dict[str, Note], new: Note, held: Sequence[Note]) -> None:
    """Put a note in its place among those of its slot: until the next one, and from where the one before it ends."""
    chain = (note for note in held if note.current or note.superseded_by is not None)
    later = [note for note in chain if note.valid_from_ms > new.valid_from_ms]
    following = min(later, key=lambda note: (note.valid_from_ms, note.id))
    for note in held:
        if note.superseded_by == following.id:
            book[note.id] = replace(note, valid_to_ms=new.valid_from_ms, superseded_by=new.id)
    book[new.id] = replace(new, valid_to_ms=following.valid_from_ms, superseded_by=following.id)


def _mark_stale(book: dict[str, Note], old: Note, *, stale: bool) -> None:
    """Notes that speak of a value rest on it: when it changes they may be over too, when it comes back they hold."""
    if len(old.value) < OLD_VALUE_CHARS_MIN:
        return
    for note in list(book.values()):
        if note.slot != old.slot and note.current and note.kind != "boundary" and old.value in note.text.casefold():
            book[note.id] = replace(note, stale=stale)


def _over_limit(notes: Iterable[Note]) -> set[str]:
    """The ids of what must go so that no more than NOTES_MAX stay."""
    every = sorted(notes, key=lambda note: (note.current, note.last_used_ms or note.said_at_ms, note.id))
    dispensable = [note.id for note in every if note.kind != "boundary"]
    return set(dispensable[: max(0, len(every) - NOTES_MAX)])


def without_turn(notes: Sequence[Note], turn: str) -> Changes:
    """What forgetting a turn leaves: every note that came from it goes, and what those had superseded holds again.

    A note that was said in other turns too goes as well, for its text may be that turn's; the others are read again.
    """
    book = {note.id: note for note in notes}
    before = dict(book)
    going = [note for note in notes if turn in note.from_turns]
    for note in going:
        _remove(book, note.id)
    others = dict.fromkeys(other for note in going for other in note.from_turns if other != turn)
    return Changes(
        kept=tuple(note for key, note in book.items() if before[key] != note),
        removed=tuple(note.id for note in going),
        reread=tuple(others),
    )


def without_note(notes: Sequence[Note], note: str) -> Changes:
    """What deleting one note leaves. What it had superseded stays over: the fan did not say that it holds again."""
    book = {one.id: one for one in notes}
    kept = [replace(one, superseded_by=None) for one in notes if one.superseded_by == note]
    return Changes(kept=tuple(kept), removed=(note,) if note in book else ())


def _remove(book: dict[str, Note], gone: str) -> None:
    """Take a note out; the newest of those it had superseded takes its place in time."""
    removed = book.pop(gone)
    freed = [note for note in book.values() if note.superseded_by == gone]
    freed.sort(key=lambda note: (note.valid_from_ms, note.id))
    for older, newer in itertools.pairwise(freed):
        book[older.id] = replace(older, valid_to_ms=newer.valid_from_ms, superseded_by=newer.id)
    if freed:
        restored = replace(freed[-1], valid_to_ms=removed.valid_to_ms, superseded_by=removed.superseded_by)
        book[restored.id] = restored
        if restored.current:
            _mark_stale(book, restored, stale=False)


def horizons_of(sayings: Iterable[Saying], horizon: int, terms: Iterable[Term]) -> dict[str, int]:
    """Slot -> how far one must have watched to be told it, for what was said at `horizon`.

    Plain facts about the fan (where they live, what their dog is called) may be told to anybody of theirs, unless a
    name of the show is in them; whatever else a fan says may be about the show and keeps the horizon it was said at.
    """
    names = [word for term in terms for word in (term.text, *term.text.split()) if len(word) >= TERM_CHARS_MIN]
    folded = tuple({name.casefold() for name in names})
    found: dict[str, int] = {}
    for saying in sayings:
        head = saying.slot.removeprefix("fan.").partition(":")[0]
        text = f"{saying.text} {saying.value}".casefold()
        plain = head in PERSONAL and not any(name in text for name in folded)
        found[saying.slot] = 0 if plain else horizon
    return found


def tellable(notes: Iterable[Note], horizon: int) -> tuple[Note, ...]:
    """The notes that may be told to a fan of this horizon, in their order."""
    return tuple(note for note in notes if note.horizon <= horizon)
