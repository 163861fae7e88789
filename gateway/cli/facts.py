"""`encore facts …`: what a show's canon holds, what the script proposes for it, and who decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from characters.deciding import decisions_of
from characters.errors import InvalidCanon, UnknownProposal
from characters.proposal import Proposal
from characters.proposal_file import fact_entry, parse_proposals, proposals_yaml
from characters.proposing import propose
from characters.release import Release, ReleaseId
from characters.show_folder import FILE_BYTES_MAX
from characters.succession import FactWarning, lint_facts
from gateway.bootstrap import Store, now_ms, open_reader, open_store
from gateway.cli.arguments import name_of
from gateway.cli.console import AsJson, errors, out, print_json, print_table, progress_bar, run, settings
from gateway.cli.shows import index

facts_app = typer.Typer(help="Propose, list, approve and reject facts of a show's canon.", no_args_is_help=True)
Show = Annotated[str, typer.Option(help="The show's slug.")]
By = Annotated[str, typer.Option(help="Who decides; it is kept in the audit log.")]
Which = Annotated[
    list[str],
    typer.Argument(metavar="FILE|ID...", help="Files of proposals, ids, or both: then these ids of the files."),
]
ROW_CHARS = 100


class Origin(StrEnum):
    """What reads the script."""

    RULES = "rules"
    MODEL = "model"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(facts_app, name="facts")


@facts_app.command("propose")
def propose_(
    show: Show,
    origin: Annotated[Origin, typer.Option("--from", help="rules, or the model of ENCORE_MODEL.")] = Origin.RULES,
    out_file: Annotated[Path | None, typer.Option("--out", help="The file to write; else standard output.")] = None,
) -> None:
    """Read facts from the newest script, for an author to approve. What was decided before is left out."""
    told: Counter[str] = Counter()

    async def work() -> tuple[Proposal, ...]:
        async with open_store(settings()) as store:
            release = await store.catalogue.release(await store.catalogue.newest(show))
            found: Sequence[Proposal]
            if origin is Origin.RULES:
                found = propose(release.script)
            else:
                async with open_reader(store.settings) as reader:
                    with progress_bar(f"Reading {release.id}", quiet=False) as progress:
                        read = await reader.read(release.script, release.terms, progress)
                found = read.proposals
                told.update(read.dropped)
            return await _undecided(store, release, found)

    proposals = run(work())
    content = proposals_yaml(proposals)
    if out_file is None:
        out.print(content, markup=False, end="")
    else:
        try:
            out_file.write_text(content, "utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{out_file.name} cannot be written", param_hint="--out") from error
        out.print(f"Wrote {len(proposals)} proposals to {out_file.name}.", markup=False)
    for reason, count in told.items():
        errors.print(f"Dropped {count}: {reason}.", markup=False)


@facts_app.command("list")
def list_(
    show: Show,
    proposed: Annotated[bool, typer.Option(help="The open proposals of the rules instead of the canon.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the facts of the newest release, with who approved those that were proposed."""

    async def work() -> tuple[list[dict[str, object]], list[tuple[object, ...]]]:
        async with open_store(settings()) as store:
            release = await store.catalogue.release(await store.catalogue.newest(show))
            if proposed:
                found = await _undecided(store, release, propose(release.script))
                grounds = [{"confidence": one.confidence, "source": list(one.source)} for one in found]
                facts = [one.fact for one in found]
            else:
                log = await store.catalogue.audit_log(show)
                by = {entry.subject: entry.author for entry in log if entry.action == "fact.approved"}
                facts = list(release.facts)
                grounds = [{"approved_by": by.get(fact.id)} for fact in facts]
            entries = [{**fact_entry(fact), **ground} for fact, ground in zip(facts, grounds, strict=True)]
            rows = [(f.id, f.kind, f.subject, f.from_episode, f.until_episode, f.text[:ROW_CHARS]) for f in facts]
            return entries, list(rows)

    entries, rows = run(work())
    if as_json:
        print_json(entries)
    else:
        print_table(("id", "kind", "subject", "from", "until", "text"), rows)


@facts_app.command()
def approve(which: Which, show: Show, by: By) -> None:
    """Take proposals into the canon as a new release; publish the show to bring it before fans."""
    person = name_of(by, "--by")

    async def work() -> tuple[ReleaseId, int]:
        async with open_store(settings()) as store:
            newest = await store.catalogue.newest(show)
            release = await store.catalogue.release(newest)
            facts = [one.fact for one in _chosen(which, release)]
            decided = await store.catalogue.decide_facts(show, approved=facts, rejected=(), by=person, now_ms=now_ms())
            if decided != newest:
                await index(store, decided, quiet=False)
            return decided, len(facts)

    decided, count = run(work())
    out.print(f"{count} approved; the canon is {decided}.", markup=False)


@facts_app.command()
def reject(which: Which, show: Show, by: By) -> None:
    """Keep proposals out of the canon, and do not propose them again; an approved one is taken out."""
    person = name_of(by, "--by")

    async def work() -> tuple[ReleaseId, int]:
        async with open_store(settings()) as store:
            newest = await store.catalogue.newest(show)
            release = await store.catalogue.release(newest)
            canon = {fact.id for fact in release.facts}
            ids = [name for name in which if name in canon]
            others = [name for name in which if name not in canon]
            ids += [one.fact.id for one in _chosen(others, release)] if others else []
            decided = await store.catalogue.decide_facts(show, approved=(), rejected=ids, by=person, now_ms=now_ms())
            if decided != newest:
                await index(store, decided, quiet=False)
            return decided, len(ids)

    decided, count = run(work())
    out.print(f"{count} rejected; the canon is {decided}.", markup=False)


@facts_app.command("lint")
def lint_(show: Show, as_json: AsJson = False) -> None:
    """Look for facts that end without a successor, and beliefs whose holders never learn the truth."""

    async def work() -> tuple[FactWarning, ...]:
        async with open_store(settings()) as store:
            return lint_facts((await store.catalogue.release(await store.catalogue.newest(show))).facts)

    warnings = run(work())
    if as_json:
        print_json([asdict(warning) for warning in warnings])
    elif warnings:
        print_table(("fact", "what"), ((warning.fact, warning.what) for warning in warnings))
    else:
        out.print("Nothing to look at.")


async def _undecided(store: Store, release: Release, found: Sequence[Proposal]) -> tuple[Proposal, ...]:
    decided = decisions_of(await store.catalogue.audit_log(release.id.show))
    return tuple(one for one in found if one.fact.id not in decided)


def _chosen(which: Sequence[str], release: Release) -> list[Proposal]:
    """The proposals of files, narrowed to ids when there are any; ids alone are those of the rules.

    Raises InvalidCanon, UnknownProposal.
    """
    files = [Path(name) for name in which if Path(name).is_file()]
    ids = [name for name in which if not Path(name).is_file()]
    offered = [one for file in files for one in parse_proposals(_content(file), file.name)]
    if not files:
        offered = list(propose(release.script))
    by_id = {one.fact.id: one for one in offered}
    for wanted in ids:
        if wanted not in by_id:
            raise UnknownProposal(release.id.show, wanted)
    return [by_id[wanted] for wanted in ids] if ids else offered


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InvalidCanon(file.name, "the file", "it cannot be opened") from error
