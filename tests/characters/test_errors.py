"""Every refusal is one sentence that names what was asked for and what to do about it."""

from __future__ import annotations

import pytest

from characters.errors import (
    CharactersError,
    EmptyScript,
    ExperimentRefused,
    FactIsAuthored,
    InvalidCanon,
    InvalidCard,
    InvalidSheet,
    InvalidSlug,
    NoCue,
    NoRight,
    NotPublished,
    SameApprover,
    SheetIsEdited,
    UnknownCharacter,
    UnknownExperiment,
    UnknownProposal,
    UnknownShow,
    UnreadableScript,
)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (UnknownShow("roof"), "“roof”"),
        (UnknownCharacter("roof", "pike"), "“pike”"),
        (NotPublished("roof"), "encore show publish roof"),
        (
            UnreadableScript("ep1.fountain", "it is not text"),
            "ep1.fountain cannot be read as a script: it is not text.",
        ),
        (EmptyScript("ep1.fountain"), "there is nothing in it"),
        (NoCue("ep1.fountain"), "nobody speaks"),
        (InvalidSheet("a.yaml", "wants.0", "field required"), "“wants.0”"),
        (InvalidCard("a.png", "chunk 3", "its checksum is wrong"), "a.png cannot be read as a card at “chunk 3”"),
        (InvalidCanon("canon.yaml", "F1.id", "another fact has the same id"), "“F1.id”"),
        (SameApprover("Ann"), "somebody else"),
        (NoRight("pike", "voice"), "for voice"),
        (FactIsAuthored("roof", "F001"), "F001 stands in the canon.yaml"),
        (UnknownProposal("roof", "P-1"), "no proposal “P-1”"),
        (SheetIsEdited("roof", "pike"), "only --force"),
        (UnknownExperiment("roof", "x-1"), "no experiment “x-1”"),
        (ExperimentRefused("It is over."), "It is over."),
        (InvalidSlug("A B"), "“A B” is not a slug"),
    ],
)
def test_an_error_words_itself_in_one_sentence(error: CharactersError, says: str) -> None:
    sentence = str(error)
    assert says in sentence
    assert "\n" not in sentence
