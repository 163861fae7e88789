"""How a prompt and a recall are shown to a content team: every block and its source, and how much was withheld."""

from __future__ import annotations

from typing import Any

from gateway.cli.console import errors, out, print_table
from gateway.crisis_protocol import CrisisAnswer
from gateway.replies import Prepared
from memory.types import Recall
from persona.types import Block, Performed

QUOTE_CHARS = 100


def recall_json(found: Recall) -> dict[str, Any]:
    """What was recalled, as `encore recall --json` prints it."""
    return {
        "passages": [
            {
                "episode": scored.passage.episode,
                "scene": scored.passage.scene,
                "score": round(scored.score, 4),
                "text": scored.passage.text,
            }
            for scored in found.passages
        ],
        "facts": [
            {
                "id": known.fact.id,
                "text": known.fact.text,
                "past": known.past,
                "from_episode": known.fact.from_episode,
                "kind": known.fact.kind,
                "now": None if known.now is None else known.now.id,
            }
            for known in found.facts
        ],
        "withheld": {"passages": dict(found.withheld.passages), "facts": dict(found.withheld.facts)},
    }


def crisis_json(answer: CrisisAnswer, model: str) -> dict[str, Any]:
    """The answer to a fan in danger, as `encore ask --json` prints it."""
    resources = [{"name": one.name, "contact": one.contact} for one in answer.resources]
    safety = {"kind": "crisis", "text": answer.notice, "resources": resources}
    return {**fixed_json(answer.text, model), "safety": safety}


def fixed_json(text: str, model: str) -> dict[str, Any]:
    """What people wrote beforehand in place of a reply, as `encore ask --json` prints it."""
    return {"reply": text, "refused": False, "model": model, "sources": []}


def ask_json(
    prepared: Prepared, text: str, end: Performed, model: str, *, explain: bool, likeness: float | None = None
) -> dict[str, Any]:
    """A reply, as `encore ask --json` prints it."""
    answer: dict[str, Any] = {
        "reply": text,
        "refused": end.refused,
        "model": model,
        "sources": [
            {"episode": scored.passage.episode, "scene": scored.passage.scene} for scored in prepared.recall.passages
        ],
    }
    if explain:
        answer["likeness"] = likeness
        manifest = prepared.prompt.manifest
        answer["manifest"] = {
            "budget_tokens": manifest.budget_tokens,
            "used_tokens": manifest.used_tokens,
            "blocks": [
                {
                    "name": block.name,
                    "source": block.source,
                    "version": block.version,
                    "tokens": block.tokens,
                    "included": block.included,
                    "reason": block.reason,
                    "text": block.text,
                }
                for block in manifest.blocks
            ],
        }
        answer["withheld"] = {
            "passages": dict(prepared.recall.withheld.passages),
            "facts": dict(prepared.recall.withheld.facts),
            "lore": prepared.prompt.stage.brief.lore.withheld,
            "terms": len(prepared.review.rules.withheld_terms),
        }
    return answer


def explain_prompt(prepared: Prepared) -> None:
    """Every block of a prompt, in or out, and how much was withheld."""
    manifest = prepared.prompt.manifest
    out.print(f"The prompt has {manifest.used_tokens} of {manifest.budget_tokens} tokens.")
    print_table(("", "block", "tokens", "source", "version", "why", "text"), (_row(block) for block in manifest.blocks))
    withheld = prepared.recall.withheld
    for kind, counts in (("passages", withheld.passages), ("facts", withheld.facts)):
        for reason, count in counts.items():
            out.print(f"Withheld: {count} {kind}, {reason}.", markup=False)
    lore = prepared.prompt.stage.brief.lore
    if lore.withheld:
        out.print(f"Withheld: {lore.withheld} lore entries, beyond the horizon.")
    if lore.unsearched:
        out.print(f"Not searched: {lore.unsearched} lore entries, whose patterns were too much work.")
    out.print(f"Withheld: {len(prepared.review.rules.withheld_terms)} names and terms that this fan has not met yet.\n")


def _row(block: Block) -> tuple[object, ...]:
    quote = " ".join(block.text.split())
    shown = quote if len(quote) <= QUOTE_CHARS else quote[: QUOTE_CHARS - 1] + "…"
    return "in" if block.included else "out", block.name, block.tokens, block.source, block.version, block.reason, shown


def tell_recall(found: Recall) -> None:
    """What was recalled, for people."""
    for scored in found.passages:
        passage = scored.passage
        out.print(f"Episode {passage.episode}, scene {passage.scene}  {scored.score:.2f}", style="bold", markup=False)
        out.print(passage.text + "\n", markup=False)
    for known in found.facts:
        out.print(f"{known.fact.id} {'(past) ' if known.past else ''}{known.fact.text}", markup=False)
    if not found.passages and not found.facts:
        errors.print("Nothing can be recalled within that horizon.")
