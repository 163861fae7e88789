"""The one table of errors is complete: what can be raised is told, or is known never to reach a fan."""

from __future__ import annotations

import inspect
import re
import types
from pathlib import Path
from typing import get_args

import pytest

import billing.errors
import characters.errors
import gateway.errors
import memory.errors
import persona.errors
from gateway.audio import VoiceDegraded
from gateway.error_codes import (
    BAD_REQUEST,
    CLOSE_CODES,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    TABLE,
    TURN_CODES,
    VOICE_CODES,
    body_of,
    code_of,
    event_of,
)
from gateway.error_guide import GUIDES

DOCS = Path(__file__).parents[2] / "docs"
PACKAGES = (billing.errors, characters.errors, gateway.errors, memory.errors, persona.errors)

INTERNAL_ONES: dict[type[Exception], str] = {
    billing.errors.GoodwillCapped: "only staff give goodwill, and read it on their page",
    billing.errors.HoldNotOverdue: "only the sweep asks for it, and takes it as an answer",
    billing.errors.InvalidAmount: "of grants and prices, which a fan does not make",
    billing.errors.NothingToRefund: "of refunds by staff",
    billing.errors.RewardRefused: "the network that sends a callback is told nothing",
    billing.errors.InvalidPromotion: "of promotions, which a fan does not write",
    billing.errors.IdempotencyConflict: "of the keys that the gateway makes itself",
    billing.errors.InvalidPrice: "of the rate card, which a fan does not write",
    billing.errors.NotRefundable: "of a refund, which staff or the warranty's rule asks for",
    billing.errors.OverlappingPrice: "of the rate card, which a fan does not write",
    billing.errors.ProposalDecided: "of the rate card, which a fan does not write",
    billing.errors.SameApprover: "of the rate card, which a fan does not write",
    billing.errors.UnknownHold: "a turn and its hold are made in one transaction",
    billing.errors.UnknownProposal: "of the rate card, which a fan does not write",
    characters.errors.UnreadableScript: "of an import",
    characters.errors.EmptyScript: "of an import",
    characters.errors.NoCue: "of an import",
    characters.errors.UnknownFormat: "of an import",
    characters.errors.InvalidSheet: "of an import",
    characters.errors.InvalidCanon: "of an import",
    characters.errors.InvalidCard: "of an import or an export",
    characters.errors.InvalidSlug: "of an import",
    characters.errors.SameApprover: "of publishing",
    characters.errors.FactIsAuthored: "of deciding about proposals",
    characters.errors.UnknownProposal: "of deciding about proposals",
    characters.errors.SheetIsEdited: "of drafting",
    characters.errors.DraftConflict: "of writing a sheet",
    characters.errors.NotInReview: "of a review",
    characters.errors.NotReady: "of publishing",
    characters.errors.NeverPublished: "of publishing",
    characters.errors.NoRight: "of publishing",
    characters.errors.UnknownExperiment: "of experiments, which staff make",
    characters.errors.ExperimentRefused: "of experiments, which staff make",
    gateway.errors.NotADispatch: "of what processes tell each other",
    gateway.errors.InvalidFile: "of a file that staff write",
    gateway.errors.SetupError: "of a start",
    gateway.errors.InvalidSetting: "of a start",
    gateway.errors.DatabaseUnusable: "of a start",
    gateway.errors.DataNewerThanProgram: "of a start",
    gateway.errors.ModelsNotPublished: "of a start",
    gateway.errors.DataFolderInUse: "of a start",
    gateway.errors.DataFolderUnusable: "of a start",
    gateway.errors.BackupUnusable: "of a command",
    gateway.errors.DatabaseInTheWay: "of a command",
    gateway.errors.AddressUnusable: "of a start",
    persona.errors.UnknownVoice: "of a start",
    persona.errors.VoiceFailed: "of a voice: `voice.degraded` tells it",
    gateway.errors.PortInUse: "of a start",
    memory.errors.UnknownTurn: "a turn and its transcript are made in one transaction",
}
"""Errors that no fan can cause: told as INTERNAL if they ever reach a wire."""


def errors_of(module: types.ModuleType) -> set[type[Exception]]:
    return {
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__
    }


def bases() -> set[type[Exception]]:
    return {kind for module in PACKAGES for kind in errors_of(module) if kind.__base__ is Exception}


def test_every_error_has_a_row_or_is_known_to_be_internal() -> None:
    every = {kind for module in PACKAGES for kind in errors_of(module)} - bases()
    assert every == (set(TABLE) | set(INTERNAL_ONES))
    assert set(TABLE) & set(INTERNAL_ONES) == set()


@pytest.mark.parametrize("kind", INTERNAL_ONES, ids=lambda kind: str(kind.__qualname__))
def test_an_internal_error_is_told_as_one(kind: type[Exception]) -> None:
    assert code_of(kind.__new__(kind)) is INTERNAL


def test_what_nobody_expected_is_told_as_internal_without_its_words() -> None:
    for error in (ValueError("her secret words"), KeyError("secret"), gateway.errors.GatewayError("secret")):
        told = body_of(error, "trace").model_dump_json()
        assert code_of(error) is INTERNAL
        assert "secret" not in told


def test_every_reason_why_a_reply_is_not_read_aloud_is_explained() -> None:
    assert set(get_args(VoiceDegraded.model_fields["code"].annotation)) == set(VOICE_CODES)


def test_a_subclass_is_told_by_its_own_row_and_else_by_its_bases() -> None:
    class NewFailure(persona.errors.ModelFailed):
        pass

    assert code_of(persona.errors.ModelTimedOut(1.0)).code == "model_timeout"
    assert code_of(NewFailure("x")).code == "model_failed"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (persona.errors.UnknownModel("openai:secret", "secret"), "model_unavailable"),
        (persona.errors.UnknownVocabulary("/secret/tokenizer.json", "secret"), "model_unavailable"),
        (persona.errors.PromptTooLarge(9, 8), "prompt_too_large"),
        (memory.errors.EmbedderUnavailable("secret", "secret"), "recall_unavailable"),
        (memory.errors.GateBreached("secret passage"), "recall_refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_that_is_missing_is_told_by_a_code_and_not_by_its_words(error: Exception, code: str) -> None:
    told = body_of(error, "trace")
    assert (told.code, told.message.endswith("You were not charged.")) == (code, True)
    assert "secret" not in told.model_dump_json()


def test_an_error_carries_what_the_client_needs_and_no_more() -> None:
    short = event_of(billing.errors.InsufficientCredits(5, 3), "e", "trace", ref="m1").model_dump(exclude_none=True)
    assert (short["needed"], short["available"], short["packs"], short["ref"]) == (5, 3, (), "m1")
    busy = event_of(gateway.errors.TurnInProgress("t-1"), "e", "trace").model_dump(exclude_none=True)
    assert (busy["turn"], busy["retryable"], busy["retry_after_ms"]) == ("t-1", True, 1_000)
    wrong = event_of(gateway.errors.InvalidEvent("text", "m1"), "e", "trace").model_dump(exclude_none=True)
    assert (wrong["field"], wrong["ref"]) == ("text", "m1")


def test_rows_are_consistent() -> None:
    rows = [*TABLE.values(), INTERNAL, NOT_FOUND, METHOD_NOT_ALLOWED, BAD_REQUEST]
    for row in rows:
        assert 400 <= row.status < 600
        assert row.sentence.endswith(".")
        assert row.close is None or row.close in CLOSE_CODES
        assert row.retry_after_ms is None or row.retryable
    by_code: dict[str, set[tuple[str, int]]] = {}
    for row in rows:
        by_code.setdefault(row.code, set()).add((row.class_, row.status))
    assert {code: told for code, told in by_code.items() if len(told) > 1} == {}


@pytest.mark.parametrize("module", [memory.errors, persona.errors], ids=lambda module: str(module.__name__))
def test_however_a_turn_fails_its_code_is_one_of_the_listed(module: types.ModuleType) -> None:
    for kind in errors_of(module):
        assert code_of(kind.__new__(kind)).code in TURN_CODES


def test_every_code_is_explained_and_nothing_else_is() -> None:
    codes = {row.code for row in (*TABLE.values(), BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, INTERNAL)}
    assert set(GUIDES) == codes


def test_what_an_operator_is_told_to_run_exists() -> None:
    commands = (DOCS / "commands.md").read_text("utf-8")
    told = {name for guide in GUIDES.values() for name in re.findall(r"`(encore [^`]+)`", guide.operator)}
    assert told
    assert [name for name in told if f"## `{name}`" not in commands] == []
