"""What can go wrong in a performance.

PersonaError
├── PromptTooLarge
├── UnknownModel
├── ModelFailed
│   └── ModelTimedOut
├── UnknownVoice
└── VoiceFailed
"""

from __future__ import annotations


class PersonaError(Exception):
    """Base of this package's errors."""


class PromptTooLarge(PersonaError):
    """Disclosure, rules, sheet and the fan's text do not fit the budget together. Sizes in tokens."""

    def __init__(self, needed_tokens: int, budget_tokens: int) -> None:
        super().__init__(needed_tokens, budget_tokens)
        self.needed_tokens, self.budget_tokens = needed_tokens, budget_tokens

    def __str__(self) -> str:
        return f"The prompt needs at least {self.needed_tokens} tokens, and the budget is {self.budget_tokens}."


class UnknownModel(PersonaError):
    """The configured model names nothing that can be loaded."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(model, reason)
        self.model, self.reason = model, reason

    def __str__(self) -> str:
        return f"The model “{self.model}” cannot be used: {self.reason}."


class UnknownVocabulary(PersonaError):
    """The configured vocabulary names nothing that tokens can be counted with."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"Tokens cannot be counted with “{self.name}”: {self.reason}."


class ModelFailed(PersonaError):
    """The model did not finish its reply. `reason` is a code for operators; a provider's own words are not carried."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"The model failed ({self.reason})."


class ModelTimedOut(ModelFailed):
    """The model kept silent longer than it may."""

    def __init__(self, waited_s: float) -> None:
        super().__init__("timeout")
        self.waited_s = waited_s


class UnknownVoice(PersonaError):
    """The configured voice names nothing that can be loaded."""

    def __init__(self, voice: str, reason: str) -> None:
        super().__init__(voice, reason)
        self.voice, self.reason = voice, reason

    def __str__(self) -> str:
        return f"The voice “{self.voice}” cannot be used: {self.reason}."


class VoiceFailed(PersonaError):
    """A voice did not read to its end. `reason` is a code for operators; a provider's own words are not carried."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"The voice failed ({self.reason})."
