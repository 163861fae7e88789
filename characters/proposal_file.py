"""The file in which proposals go to an author and come back: facts as in `canon.yaml`, each with what it rests on.

An author may change everything in it but the ids; who has decided to approve a file approves what it says then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from characters.canon import Fact
from characters.errors import InvalidCanon
from characters.plain_yaml import NotPlainYaml, parse_yaml
from characters.proposal import Proposal
from characters.show_folder import FACTS_MAX, FILE_BYTES_MAX, facts_of

LINE_CHARS = 110
HEAD = (
    "# Proposals, read from the script. Nothing here is canon: change what is wrong, take out what is no fact worth\n"
    "# having, and approve the rest with `encore facts approve`. Keep the ids: they tell what was decided already.\n"
)


class _Grounds(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    source: Annotated[list[str], Field(max_length=200)] = []
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    origin: str = ""


_GROUNDS = frozenset(_Grounds.model_fields)
_Entries = TypeAdapter(Annotated[list[dict[str, Any]], Field(max_length=FACTS_MAX)], config=ConfigDict(strict=True))


def proposals_yaml(proposals: Iterable[Proposal]) -> str:
    """The file for an author; `parse_proposals` reads it back."""
    entries = [_entry(proposal) for proposal in proposals]
    body = "\n".join(
        yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=LINE_CHARS) for entry in entries
    )
    return f"{HEAD}\n{body or '[]'}"


def parse_proposals(content: bytes, source: str) -> tuple[Proposal, ...]:
    """The proposals of a file called `source`, in its order. Raises InvalidCanon with the first wrong field."""
    if len(content) > FILE_BYTES_MAX:
        raise InvalidCanon(source, "the file", f"it is larger than {FILE_BYTES_MAX} bytes")
    try:
        entries = _Entries.validate_python(parse_yaml(content.decode("utf-8-sig")) or [])
        grounds = [
            _Grounds.model_validate({key: value for key, value in entry.items() if key in _GROUNDS})
            for entry in entries
        ]
    except UnicodeDecodeError as error:
        raise InvalidCanon(source, "the file", "it is not UTF-8 text") from error
    except NotPlainYaml as error:
        raise InvalidCanon(source, error.where, error.reason) from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the file"
        raise InvalidCanon(source, where, "it is not a list of facts with source, confidence and origin") from error
    facts = facts_of([{key: entry[key] for key in entry if key not in _GROUNDS} for entry in entries], source)
    return tuple(
        Proposal(fact, ground.confidence, ground.origin, tuple(ground.source))
        for fact, ground in zip(facts, grounds, strict=True)
    )


def _entry(proposal: Proposal) -> dict[str, object]:
    fact = proposal.fact
    return {
        **fact_entry(fact),
        "origin": proposal.origin,
        "confidence": round(proposal.confidence, 2),
        "source": list(proposal.source),
    }


def fact_entry(fact: Fact) -> dict[str, object]:
    """A fact in the grammar of `canon.yaml`, without what is at its default."""
    entry: dict[str, object] = {
        "id": fact.id,
        "text": fact.text,
        "subject": fact.subject,
        "episode_aired": fact.from_episode,
        "scene": fact.scene,
        "known_by": dict(fact.known_by),
        "valid_until_episode": fact.until_episode,
        "kind": fact.kind,
        "replaced_by": fact.replaced_by,
    }
    return {key: value for key, value in entry.items() if value is not None}
