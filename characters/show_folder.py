"""What authors keep beside scripts: `canon.yaml`, `wordings.yaml`, `terms.yaml`, `glossary.yaml`, `characters/*.yaml`.

Unknown keys, repeated keys and values of another kind are refused with the path of the first wrong field: a misspelt
bound must never read as “no bound”. Errors name the file by its own name and never quote what is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from characters.canon import Fact, FactKind, Term
from characters.errors import InvalidCanon, InvalidSheet
from characters.glossary import Glossary
from characters.plain_yaml import NotPlainYaml, parse_yaml
from characters.sheet import Sheet

CANON_FILE = "canon.yaml"
WORDINGS_FILE = "wordings.yaml"
TERMS_FILE = "terms.yaml"
GLOSSARY_FILE = "glossary.yaml"
SHEETS_FOLDER = "characters"
SHEETS_MAX = 500
FACTS_MAX = 20_000
FILE_BYTES_MAX = 4_000_000
TEXT_CHARS_MAX = 2_000
WORDING_CHARS_MAX = 300
WORDINGS_MAX = 50

_Text = Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)]
_Episode = Annotated[int, Field(ge=1, le=99_999)]
_KnownFrom = Annotated[int, Field(ge=0, le=99_999)]


_Invalid = Callable[[str, str, str], InvalidCanon | InvalidSheet]


class _FactEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: _Text
    text: _Text
    subject: _Text
    episode_aired: _Episode
    scene: Annotated[int, Field(ge=0)] | None = None
    known_by: dict[_Text, _KnownFrom] | None = None
    valid_until_episode: _Episode | None = None
    kind: FactKind = "fact"
    replaced_by: _Text | None = None


_FactEntries = TypeAdapter(Annotated[list[_FactEntry], Field(max_length=FACTS_MAX)])
_Wording = Annotated[str, Field(min_length=1, max_length=WORDING_CHARS_MAX)]
_Wordings = TypeAdapter(
    dict[_Text, Annotated[list[_Wording], Field(max_length=WORDINGS_MAX)]], config=ConfigDict(strict=True)
)
_TermEntries = TypeAdapter(dict[_Episode, dict[_Text, list[_Text]]], config=ConfigDict(strict=True))


def load_facts(path: Path) -> tuple[Fact, ...]:
    """The facts of a `canon.yaml`, in its order. Raises InvalidCanon."""
    return facts_of(_yaml(path, InvalidCanon) or [], path.name)


def facts_of(entries_read: object, source: str) -> tuple[Fact, ...]:
    """The facts of what was read from a file called `source`, in its order. Raises InvalidCanon."""
    try:
        entries = _FactEntries.validate_python(entries_read)
    except ValidationError as error:
        raise InvalidCanon(source, *_first(error)) from error
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise InvalidCanon(source, f"{entry.id}.id", "another fact has the same id")
        seen.add(entry.id)
        if entry.valid_until_episode is not None and entry.valid_until_episode <= entry.episode_aired:
            where = f"{entry.id}.valid_until_episode"
            raise InvalidCanon(source, where, "it must be later than episode_aired")
    _refuse_bad_links(entries, source)
    return tuple(
        Fact(
            id=entry.id,
            text=entry.text,
            subject=entry.subject,
            from_episode=entry.episode_aired,
            scene=entry.scene,
            until_episode=entry.valid_until_episode,
            known_by=dict(entry.known_by or {}),
            kind=entry.kind,
            replaced_by=entry.replaced_by,
        )
        for entry in entries
    )


def load_canon(folder: Path) -> tuple[Fact, ...]:
    """The facts of a show's folder with their wordings; none when it has no `canon.yaml`. Raises InvalidCanon."""
    facts = load_facts(folder / CANON_FILE) if (folder / CANON_FILE).is_file() else ()
    wordings = folder / WORDINGS_FILE
    return worded(facts, wordings) if wordings.is_file() else facts


def worded(facts: tuple[Fact, ...], path: Path) -> tuple[Fact, ...]:
    """The facts with the wordings of a `wordings.yaml` (fact -> ways to give it away). Raises InvalidCanon."""
    try:
        entries = _Wordings.validate_python(_yaml(path, InvalidCanon) or {})
    except ValidationError as error:
        raise InvalidCanon(path.name, *_first(error)) from error
    unknown = entries.keys() - {fact.id for fact in facts}
    if unknown:
        raise InvalidCanon(path.name, min(unknown), "there is no such fact")
    return tuple(replace(fact, wordings=tuple(entries.get(fact.id, ()))) for fact in facts)


def _refuse_bad_links(entries: list[_FactEntry], source: str) -> None:
    begins = {entry.id: entry.episode_aired for entry in entries}
    for entry in entries:
        if entry.replaced_by is None:
            continue
        where = f"{entry.id}.replaced_by"
        if entry.valid_until_episode is None:
            raise InvalidCanon(source, where, "a fact that is replaced needs valid_until_episode")
        if begins.get(entry.replaced_by, 0) <= entry.episode_aired:
            raise InvalidCanon(source, where, "it must be the id of a fact that is aired later")


def load_terms(path: Path) -> tuple[Term, ...]:
    """The terms of a `terms.yaml` (episode -> kind -> names), by episode. Raises InvalidCanon."""
    try:
        entries = _TermEntries.validate_python(_yaml(path, InvalidCanon) or {})
    except ValidationError as error:
        raise InvalidCanon(path.name, *_first(error)) from error
    first: dict[str, Term] = {}
    for episode in sorted(entries):
        for kind, names in entries[episode].items():
            for name in names:
                known = first.setdefault(name.casefold(), Term(name, episode))
                if known.first_episode != episode:
                    reason = f"one of its names is already listed in episode {known.first_episode}"
                    raise InvalidCanon(path.name, f"{episode}.{kind}", reason)
    return tuple(first.values())


def load_glossary(path: Path) -> Glossary:
    """The glossary of a file. Raises InvalidCanon with the path of the first wrong field."""
    try:
        return Glossary.model_validate(_yaml(path, InvalidCanon) or {})
    except ValidationError as error:
        raise InvalidCanon(path.name, *_first(error)) from error


def load_sheets(folder: Path) -> tuple[Sheet, ...]:
    """Every sheet of a folder, by file name. Raises InvalidSheet."""
    files = sorted((file for file in folder.iterdir() if file.suffix in (".yaml", ".yml")), key=lambda file: file.name)
    if len(files) > SHEETS_MAX:
        raise InvalidSheet(folder.name, "the folder", f"it holds more than {SHEETS_MAX} sheets")
    sheets: dict[str, Sheet] = {}
    for file in files:
        sheet = load_sheet(file)
        if sheet.slug in sheets:
            raise InvalidSheet(file.name, "slug", "another sheet in the folder has the same slug")
        sheets[sheet.slug] = sheet
    return tuple(sheets.values())


def load_sheet(path: Path) -> Sheet:
    """One sheet. Raises InvalidSheet with the path of the first wrong field."""
    return parse_sheet(_content(path, InvalidSheet), path.name)


def parse_sheet(content: bytes, source: str) -> Sheet:
    """One sheet of the bytes of a file called `source`. Raises InvalidSheet with the path of the first wrong field."""
    try:
        return Sheet.model_validate(_parsed(content, source, InvalidSheet))
    except ValidationError as error:
        raise InvalidSheet(source, *_first(error)) from error


def _yaml(path: Path, invalid: _Invalid) -> object:
    return _parsed(_content(path, invalid), path.name, invalid)


def _content(path: Path, invalid: _Invalid) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise invalid(path.name, "the file", "it cannot be opened") from error


def _parsed(content: bytes, source: str, invalid: _Invalid) -> object:
    if len(content) > FILE_BYTES_MAX:
        raise invalid(source, "the file", f"it is larger than {FILE_BYTES_MAX} bytes")
    try:
        return parse_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise invalid(source, "the file", "it is not UTF-8 text") from error
    except NotPlainYaml as error:
        raise invalid(source, error.where, error.reason) from error


def _first(error: ValidationError) -> tuple[str, str]:
    """Where the first wrong field is and what is wrong with it, in our words or pydantic's, without its value."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    return where, reason[:1].lower() + reason[1:]
