"""`encore character draft`: first sheets from the script alone, as drafts in the catalogue and as files for authors.

A sheet that somebody has written or changed is never replaced without being told to; what the rules only propose stands
in a file as comments and gets into no prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from characters.casting import folded_name
from characters.deciding import decisions_of
from characters.drafting import Drafted, draft_sheet
from characters.early_names import refuse_early_names
from characters.errors import SheetIsEdited, UnknownCharacter
from characters.linting import lint
from characters.people import People, people_of
from characters.proposal import Proposal
from characters.proposing import propose
from characters.release import Cast, Release
from characters.sheet_yaml import sheet_yaml
from gateway.bootstrap import Store, now_ms, open_store
from gateway.cli.console import AsJson, errors, out, print_json, print_table, run, settings

SPEECHES_MIN = 3
"""Who says less is drafted only when named."""
SAVED, KEPT, SAME, FEW = "saved", "kept: it has been edited", "as before", f"fewer than {SPEECHES_MIN} speeches"

Show = Annotated[str, typer.Option(help="The show's slug.")]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One character, by cue or name; else everybody.")]
Force = Annotated[bool, typer.Option(help="Save a new version even where a sheet has been edited.")]
Folder = Annotated[Path | None, typer.Option("--out", help="Write each sheet to SLUG.yaml in this folder too.")]


def register(app: typer.Typer) -> None:
    """Add this module's command to the group of characters."""
    app.command("draft")(draft)


def draft(show: Show, name: Name = None, out_dir: Folder = None, force: Force = False, as_json: AsJson = False) -> None:
    """Write first sheets from the script alone: who they are, how they speak, sample answers, each from its episode."""
    told = run(_drafted(show, name, out_dir, force=force))
    if as_json:
        print_json([{"slug": slug, "name": cue, "what": what, "gaps": gaps} for slug, cue, what, gaps in told])
        return
    print_table(("slug", "cue", "what", "gaps"), told)
    out.print(f"Look at them with: encore character lint NAME --show {show}", markup=False)


async def _drafted(
    show: str, name: str | None, out_dir: Path | None, *, force: bool
) -> list[tuple[str, str, str, int]]:
    """(slug, cue, what became of it, gaps) of each; raises SheetIsEdited for one that was asked for by name."""
    async with open_store(settings()) as store:
        release = await store.catalogue.release(await store.catalogue.newest(show))
        people = people_of(release.script)
        cast = await store.catalogue.cast(show, published_only=False)
        wanted = [_cue(release, people, name)] if name is not None else list(people.cues)
        proposals = propose(release.script)
        decided = decisions_of(await store.catalogue.audit_log(show))
        told: list[tuple[str, str, str, int]] = []
        for cue in wanted:
            current = _of_cue(cast, cue)
            if name is None and current is None and release.script.report.cues.get(cue, 0) < SPEECHES_MIN:
                told.append(("", cue, FEW, 0))
                continue
            drafted = draft_sheet(release.script, release.terms, cue, proposals, slug=_slug(current))
            if drafted is None:
                told.append(("", cue, "is in no scene", 0))
                continue
            what = await _save(store, show, drafted, current, release, force=force, named=name is not None)
            open_ones = [one for one in drafted.proposals if one.fact.id not in decided]
            if out_dir is not None and what != KEPT:
                _write(out_dir, drafted, open_ones, show, force=force)
            gaps = len(lint(drafted.sheet, release.terms, first_episode=drafted.first_episode))
            told.append((drafted.sheet.slug, cue, what, gaps))
        return told


async def _save(
    store: Store, show: str, drafted: Drafted, current: Cast | None, release: Release, *, force: bool, named: bool
) -> str:
    """Save a draft unless there is another sheet. Raises InvalidSheet, and SheetIsEdited for one that was named."""
    refuse_early_names(drafted.sheet, drafted.first_episode, release.terms)
    if current is not None and current.sheet == drafted.sheet:
        return SAME
    if current is not None and not force:
        if named:
            raise SheetIsEdited(show, current.sheet.slug)
        return KEPT
    await store.catalogue.save_sheet(show, drafted.sheet, first_episode=drafted.first_episode, now_ms=now_ms())
    return SAVED


def _cue(release: Release, people: People, name: str) -> str:
    """The cue that a name means, in any case. Raises UnknownCharacter."""
    wanted = folded_name(name)
    for cue in people.cues:
        if wanted in (folded_name(cue), folded_name(people.short[cue]), folded_name(people.full[cue])):
            return cue
    found = people.find(name)
    if found is None:
        raise UnknownCharacter(release.id.show, name)
    return found


def _of_cue(cast: Sequence[Cast], cue: str) -> Cast | None:
    return next((one for one in cast if folded_name(one.sheet.cue) == folded_name(cue)), None)


def _slug(current: Cast | None) -> str:
    return "" if current is None else current.sheet.slug


def _write(folder: Path, drafted: Drafted, proposals: Sequence[Proposal], show: str, *, force: bool) -> None:
    """Write a sheet with the facts to approve as comments; a file that says something else already stays."""
    file = folder / f"{drafted.sheet.slug}.yaml"
    content = sheet_yaml(drafted.sheet) + _comments(proposals, show)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if file.is_file() and file.read_text("utf-8") != content and not force:
            errors.print(f"{file.name} is there already and stays as it is; --force replaces it.", markup=False)
            return
        file.write_text(content, "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file.name} cannot be written", param_hint="--out") from error


def _comments(proposals: Sequence[Proposal], show: str) -> str:
    if not proposals:
        return ""
    lines = [f"# Facts to approve: encore facts approve ID --show {show} --by NAME"]
    for one in proposals:
        lines.append(f"# {one.fact.id}  from episode {one.fact.from_episode}: {' '.join(one.fact.text.split())}")
    return "\n" + "\n".join(lines) + "\n"
