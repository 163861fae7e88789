"""What can go wrong with shows and their people. Errors carry data; `str()` words it in one sentence.

CharactersError
├── UnknownShow
├── UnknownCharacter
├── NotPublished
├── UnreadableScript
│   ├── EmptyScript
│   ├── NoCue
│   └── UnknownFormat
├── InvalidSheet
├── InvalidCard
├── InvalidCanon
├── SameApprover
├── NoRight
├── FactIsAuthored
├── UnknownProposal
├── SheetIsEdited
├── DraftConflict
├── NotInReview
├── NotReady
├── NeverPublished
├── UnknownExperiment
├── ExperimentRefused
└── InvalidSlug
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from characters.workshop import SheetDraft


class CharactersError(Exception):
    """Base of this package's errors."""


class UnknownShow(CharactersError):
    """No show has this slug."""

    def __init__(self, show: str) -> None:
        super().__init__(show)
        self.show = show

    def __str__(self) -> str:
        return f"There is no show “{self.show}”."


class UnknownCharacter(CharactersError):
    """Nobody in the show answers to this name, or not for a fan of this horizon: the two look alike."""

    def __init__(self, show: str, character: str) -> None:
        super().__init__(show, character)
        self.show, self.character = show, character

    def __str__(self) -> str:
        return f"Nobody called “{self.character}” can be met in “{self.show}”."


class NotPublished(CharactersError):
    """The show has been imported but no release of it is published."""

    def __init__(self, show: str) -> None:
        super().__init__(show)
        self.show = show

    def __str__(self) -> str:
        return f"“{self.show}” has no published release; run: encore show publish {self.show}"


class UnreadableScript(CharactersError):
    """A file that cannot be read as a script at all."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source, self.reason = source, reason

    def __str__(self) -> str:
        return f"{self.source} cannot be read as a script: {self.reason}."


class EmptyScript(UnreadableScript):
    """A script without a word in it, or a folder without a script."""

    def __init__(self, source: str) -> None:
        super().__init__(source, "there is nothing in it")


class NoCue(UnreadableScript):
    """A script in which nobody speaks."""

    def __init__(self, source: str) -> None:
        super().__init__(source, "nobody speaks in it (no character cue was found)")


class UnknownFormat(UnreadableScript):
    """A file whose format its content does not tell, or tells two ways (`ambiguous`)."""

    def __init__(self, source: str, reason: str, *, ambiguous: bool = False) -> None:
        super().__init__(source, reason)
        self.ambiguous = ambiguous


class InvalidSheet(CharactersError):
    """A character sheet that does not follow the grammar; `where` is the path of the first wrong field."""

    def __init__(self, source: str, where: str, reason: str) -> None:
        super().__init__(source, where, reason)
        self.source, self.where, self.reason = source, where, reason

    def __str__(self) -> str:
        return f"{self.source} is not a valid character sheet at “{self.where}”: {self.reason}."


class InvalidCard(CharactersError):
    """A card file that is damaged, hostile or no card; `where` is a place in it. Nothing of it is quoted."""

    def __init__(self, source: str, where: str, reason: str) -> None:
        super().__init__(source, where, reason)
        self.source, self.where, self.reason = source, where, reason

    def __str__(self) -> str:
        return f"{self.source} cannot be read as a card at “{self.where}”: {self.reason}."


class InvalidCanon(CharactersError):
    """A canon or terms file that does not follow the grammar."""

    def __init__(self, source: str, where: str, reason: str) -> None:
        super().__init__(source, where, reason)
        self.source, self.where, self.reason = source, where, reason

    def __str__(self) -> str:
        return f"{self.source} is not valid at “{self.where}”: {self.reason}."


class SameApprover(CharactersError):
    """The author of a version cannot approve it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} wrote this version; somebody else has to approve it."


class NoRight(CharactersError):
    """There is no valid record of the right to use this character so (`use`: text, voice or likeness)."""

    def __init__(self, character: str, use: str) -> None:
        super().__init__(character, use)
        self.character, self.use = character, use

    def __str__(self) -> str:
        return f"There is no valid record of the right to use “{self.character}” for {self.use}."


class FactIsAuthored(CharactersError):
    """The fact stands in the authors' own canon.yaml: it is changed there, not by a decision about proposals."""

    def __init__(self, show: str, fact: str) -> None:
        super().__init__(show, fact)
        self.show, self.fact = show, fact

    def __str__(self) -> str:
        return f"{self.fact} stands in the canon.yaml of “{self.show}”; change it there and import the show again."


class UnknownProposal(CharactersError):
    """Neither a given file nor the rules propose a fact with this id."""

    def __init__(self, show: str, proposal: str) -> None:
        super().__init__(show, proposal)
        self.show, self.proposal = show, proposal

    def __str__(self) -> str:
        return f"There is no proposal “{self.proposal}” for “{self.show}”."


class SheetIsEdited(CharactersError):
    """There is a sheet of this character that a draft would replace."""

    def __init__(self, show: str, character: str) -> None:
        super().__init__(show, character)
        self.show, self.character = show, character

    def __str__(self) -> str:
        return (
            f"“{self.character}” of “{self.show}” has a sheet already; only --force saves a draft as its next version."
        )


class InvalidSlug(CharactersError):
    """A show cannot be called this in addresses."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug

    def __str__(self) -> str:
        return f"“{self.slug}” is not a slug: use up to 63 of a-z, 0-9 and -, beginning with a letter or a digit."


class DraftConflict(CharactersError):
    """Somebody else has saved meanwhile; `current` is theirs. What was not saved is kept aside."""

    def __init__(self, current: SheetDraft) -> None:
        super().__init__(current.slug)
        self.current = current

    def __str__(self) -> str:
        return f"{self.current.by} has saved another version of “{self.current.slug}” meanwhile."


class NotInReview(CharactersError):
    """A decision about a version that nobody has handed in, or that was decided."""

    def __init__(self, slug: str, version: int) -> None:
        super().__init__(slug, version)
        self.slug, self.version = slug, version

    def __str__(self) -> str:
        return f"Version {self.version} of “{self.slug}” waits for no review."


class NotReady(CharactersError):
    """A version that cannot be published as it is; each obstacle is a whole sentence."""

    def __init__(self, slug: str, version: int, obstacles: tuple[str, ...]) -> None:
        super().__init__(slug, version, obstacles)
        self.slug, self.version, self.obstacles = slug, version, obstacles

    def __str__(self) -> str:
        return f"Version {self.version} of “{self.slug}” cannot be published: {' '.join(self.obstacles)}"


class NeverPublished(CharactersError):
    """Only a version that fans have met can be gone back to."""

    def __init__(self, slug: str, version: int) -> None:
        super().__init__(slug, version)
        self.slug, self.version = slug, version

    def __str__(self) -> str:
        return f"Version {self.version} of “{self.slug}” was never published, so that nobody can go back to it."


class UnknownExperiment(CharactersError):
    """The show has no experiment of this id."""

    def __init__(self, show: str, experiment: str) -> None:
        super().__init__(show, experiment)
        self.show, self.experiment = show, experiment

    def __str__(self) -> str:
        return f"“{self.show}” has no experiment “{self.experiment}”."


class ExperimentRefused(CharactersError):
    """An experiment that cannot be proposed, begun or ended as it is; `reason` is a whole sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
