"""`encore character import`, `export`, `lint` and `diff`: sheets and cards as files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from characters.card_exchange import Exported, ExportFormat, export_character, import_character, read_character
from characters.cards.card_file import FILE_BYTES_MAX
from characters.cards.findings import Finding
from characters.casting import find_cast
from characters.errors import InvalidSheet, UnknownCharacter
from characters.linting import SheetWarning, lint
from characters.local_linting import lint_locales
from characters.locales import language_of
from characters.release import Cast, Release
from characters.sheet import Sheet
from characters.sheet_yaml import sheet_diff
from gateway.bootstrap import Store, now_ms, open_store
from gateway.cli.console import FAILURE, AsJson, errors, out, print_json, print_table, run, settings

PLACES_SHOWN = 5

Show = Annotated[str, typer.Option(help="The show's slug.")]
Name = Annotated[str, typer.Argument(help="A slug, a name or an alias.")]
As = Annotated[str | None, typer.Option("--as", help="Which of the show's characters it is, by any of their names.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to the group of characters."""
    app.command("import")(import_)
    app.command("export")(export)
    app.command("lint")(lint_)
    app.command("diff")(diff)


def import_(
    file: Annotated[Path, typer.Argument(help="A sheet in YAML, a character card (JSON, PNG, CHARX) or a lorebook.")],
    show: Show,
    called: As = None,
    as_json: AsJson = False,
) -> None:
    """Read a sheet, a card or a lorebook into a new draft version."""
    content = _content(file)

    async def work() -> tuple[Cast, tuple[Finding, ...]]:
        async with open_store(settings()) as store:
            cast, read = await import_character(
                store.catalogue, content, file.name, show, called=called, now_ms=now_ms()
            )
            return cast, read.findings

    cast, findings = run(work())
    if as_json:
        about = {"slug": cast.sheet.slug, "name": cast.sheet.name, "status": cast.status, "version": cast.version}
        print_json({**about, "findings": [asdict(finding) for finding in findings]})
        return
    out.print(f"Saved {cast.sheet.slug}, version {cast.version}, as a {cast.status}.", markup=False)
    if findings:
        print_table(("", "what", "where"), _grouped(findings))


def export(
    name: Name,
    show: Show,
    out_file: Annotated[Path, typer.Option("--out", help="The file to write.")],
    format_: Annotated[ExportFormat, typer.Option("--format", help="What kind of file.")] = "yaml",
) -> None:
    """Write the newest version of a character to a file."""

    async def work() -> Exported:
        async with open_store(settings()) as store:
            return await export_character(store.catalogue, show, name, format_)

    exported = run(work())
    try:
        out_file.write_bytes(exported.content)
    except OSError as error:
        raise typer.BadParameter(f"{out_file.name} cannot be written", param_hint="--out") from error
    for what in exported.left_behind:
        errors.print(f"Not in this file: {what}.", markup=False)
    out.print(f"Wrote {out_file.name}, {len(exported.content)} bytes.", markup=False)


def lint_(
    name: Annotated[str, typer.Argument(help="A character, or a file that could be imported.")],
    show: Show,
    called: As = None,
    locale: Annotated[
        list[str] | None,
        typer.Option(help="A language the sheet should have, such as es; may be repeated. By default the glossary's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for spoilers and gaps, in every language; the exit status is 1 when there is a spoiler."""
    file = Path(name) if Path(name).is_file() else None
    content = b"" if file is None else _content(file)

    async def work() -> tuple[tuple[SheetWarning, ...], tuple[Finding, ...]]:
        async with open_store(settings()) as store:
            release = await store.catalogue.release(await store.catalogue.newest(show))
            if file is None:
                cast = await _cast(store, show, name)
                return _linted(cast.sheet, release, cast.first_episode, locale or ()), ()
            read = await read_character(store.catalogue, content, file.name, show, called=called)
            return _linted(read.sheet, release, read.first_episode, locale or ()), read.findings

    warnings, findings = run(work())
    if as_json:
        print_json([*map(asdict, warnings), *map(asdict, findings)])
    elif warnings or findings:
        print_table(("", "what", "where"), [*((w.kind, w.what, w.where) for w in warnings), *_grouped(findings)])
    else:
        out.print("Nothing to look at.")
    if any(warning.kind == "spoiler" for warning in warnings):
        raise typer.Exit(FAILURE)


def _linted(sheet: Sheet, release: Release, first_episode: int, locales: Iterable[str]) -> tuple[SheetWarning, ...]:
    languages = [language_of(locale) for locale in locales]
    own = lint(sheet, release.terms, first_episode=first_episode)
    return (
        *own,
        *lint_locales(sheet, release.terms, release.glossary, first_episode=first_episode, languages=languages),
    )


def diff(
    name: Name,
    show: Show,
    from_version: Annotated[int | None, typer.Option("--from", help="A version; else the one before.", min=1)] = None,
    to_version: Annotated[int | None, typer.Option("--to", help="A version; else the newest.", min=1)] = None,
    file: Annotated[Path | None, typer.Option(help="Compare the newest version with this file instead.")] = None,
) -> None:
    """Show what changed between two versions of a character, or would change with a file."""
    if file is not None and (from_version is not None or to_version is not None):
        raise typer.BadParameter("give versions or a file, not both")
    content = b"" if file is None else _content(file)

    async def work() -> str:
        async with open_store(settings()) as store:
            newest = await _cast(store, show, name)
            slug = newest.sheet.slug
            if file is not None:
                read = await read_character(store.catalogue, content, file.name, show, called=name)
                return sheet_diff(newest.sheet, read.sheet, names=(f"{slug}@{newest.version}", file.name))
            to = to_version or newest.version
            before = from_version or max(1, to - 1)
            sides = [await store.catalogue.cast_version(show, slug, version) for version in (before, to)]
            return sheet_diff(sides[0].sheet, sides[1].sheet, names=(f"{slug}@{before}", f"{slug}@{to}"))

    out.print(run(work()) or "The same.", markup=False, end="\n")


async def _cast(store: Store, show: str, name: str) -> Cast:
    cast = find_cast(await store.catalogue.cast(show, published_only=False), name)
    if cast is None:
        raise UnknownCharacter(show, name)
    return cast


def _content(file: Path) -> bytes:
    """The file's bytes, one more than may be: whoever reads them says that it is too large."""
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InvalidSheet(file.name, "the file", "it cannot be opened") from error


def _grouped(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """One row for everything of which the same is to be said."""
    places: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        places.setdefault((finding.kind, finding.what), []).append(finding.where)
    rows = []
    for (kind, what), where in places.items():
        more = f" and {len(where) - PLACES_SHOWN} more" if len(where) > PLACES_SHOWN else ""
        rows.append((kind, what, ", ".join(where[:PLACES_SHOWN]) + more))
    return rows
