"""`encore show …` and `encore sample`: bringing shows in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from characters.importing import SAMPLE_SLUG, Imported, import_sample, import_show
from characters.reading import ScriptFormat
from characters.release import ReleaseId
from characters.script import ReadReport
from gateway.bootstrap import Store, now_ms, open_memory, open_store
from gateway.cli import glossary
from gateway.cli.console import AsJson, errors, out, print_json, print_table, progress_bar, run, settings

UNPLACED_SHOWN = 20

show_app = typer.Typer(help="Import, list and publish shows.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The show's slug.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    glossary.register(show_app)
    app.add_typer(show_app, name="show")
    app.command()(sample)


@show_app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A script, a folder of episodes, or a show folder.")],
    show: Annotated[str, typer.Option(help="The show's slug, such as my-drama.")],
    title: Annotated[str | None, typer.Option(help="The show's title; by default the scripts' own.")] = None,
    script_format: Annotated[
        ScriptFormat,
        typer.Option("--format", help="auto (by content), fountain, fdx, dialogue, srt, vtt or tei."),
    ] = "auto",
    locale: Annotated[str, typer.Option(help="The scripts' language.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Read scripts into a new release of a show, and report what was read and what could not be placed."""

    async def work() -> Imported:
        async with open_store(settings()) as store:
            imported = await import_show(
                store.catalogue,
                path,
                show,
                title=title,
                locale=locale,
                now_ms=now_ms(),
                script_format=script_format,
            )
            await index(store, imported.release_id, quiet=as_json)
            return imported

    _tell(run(work()), as_json=as_json)


@show_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the shows."""

    async def work() -> list[dict[str, object]]:
        async with open_store(settings()) as store:
            return [
                {
                    "slug": show.slug,
                    "title": show.title,
                    "locale": show.locale,
                    "newest": show.newest,
                    "published": show.published,
                }
                for show in await store.catalogue.shows()
            ]

    rows = run(work())
    if as_json:
        print_json(rows)
    elif not rows:
        out.print("There are no shows yet; try: encore sample")
    else:
        print_table(rows[0], (row.values() for row in rows))


@show_app.command()
def publish(slug: Slug) -> None:
    """Make the newest release of a show the one that new conversations get."""

    async def work() -> ReleaseId:
        async with open_store(settings()) as store:
            newest = await store.catalogue.newest(slug)
            await index(store, newest, quiet=False)
            await store.catalogue.publish_release(newest, now_ms=now_ms())
            return newest

    out.print(f"Published {run(work())}.", markup=False)


@show_app.command()
def report(slug: Slug, as_json: AsJson = False) -> None:
    """Tell again what was read for the newest release, and what could not be placed."""

    async def work() -> ReadReport:
        async with open_store(settings()) as store:
            return (await store.catalogue.release(await store.catalogue.newest(slug))).script.report

    found = run(work())
    if as_json:
        print_json(_report_json(found))
    else:
        _tell_report(found)


def sample(
    slug: Annotated[str, typer.Argument(metavar="[SLUG]", help="The shipped show.")] = SAMPLE_SLUG,
    as_json: AsJson = False,
) -> None:
    """Import and publish the shipped sample show with its characters; doing it again changes nothing."""

    async def work() -> Imported:
        async with open_store(settings()) as store:
            return await import_sample(
                store.catalogue,
                slug,
                now_ms=now_ms(),
                prepare=lambda imported: index(store, imported.release_id, quiet=as_json, drafts=True),
            )

    _tell(run(work()), as_json=as_json)


async def index(store: Store, release: ReleaseId, *, quiet: bool, drafts: bool = False) -> None:
    """Give every passage its vector, with a progress bar, before anything of it is published.

    A running server fills its own index from them. `drafts`: see Stage.read_through.
    """
    async with open_memory(store) as stage:
        with progress_bar(f"Embedding {release}", quiet=quiet) as show:
            await stage.read_through(store, release, show, drafts=drafts)


def _tell(imported: Imported, *, as_json: bool) -> None:
    if as_json:
        release = imported.release_id
        print_json(
            {
                "show": release.show,
                "version": release.version,
                "new": imported.is_new,
                "characters": imported.sheets,
                **_report_json(imported.report),
            }
        )
        return
    what = "Imported" if imported.is_new else "Nothing has changed in"
    out.print(f"{what} {imported.release_id}.", markup=False)
    _tell_report(imported.report)
    if imported.sheets:
        out.print(f"Characters: {', '.join(imported.sheets)}", markup=False)


def _report_json(report: ReadReport) -> dict[str, object]:
    return {
        "episodes": report.episodes,
        "scenes": report.scenes,
        "cues": report.cues,
        "merged": report.merged,
        "unplaced": [
            {"source": line.source, "line": line.source_line, "text": line.text, "reason": line.reason}
            for line in report.unplaced
        ],
        "files": [
            {
                "source": file.source,
                "format": file.format,
                "episodes": list(file.episodes),
                "set_aside": file.set_aside,
            }
            for file in report.files
        ],
    }


def _tell_report(report: ReadReport) -> None:
    out.print(f"{report.episodes} episodes, {report.scenes} scenes, {sum(report.cues.values())} speeches.")
    for form, count in Counter(file.format for file in report.files).items():
        out.print(f"Read {count} file{'s' if count > 1 else ''} as {form}.", markup=False)
    print_table(("cue", "speeches"), report.cues.items())
    aside: Counter[str] = sum((Counter(file.set_aside) for file in report.files), Counter())
    if aside:
        told = ", ".join(f"{what} {count}" for what, count in aside.most_common())
        out.print(f"Set aside, because it is no part of the show: {told}.", markup=False)
    for written, cue in report.merged.items():
        out.print(f"Counted {written} as {cue}.", markup=False)
    if not report.unplaced:
        out.print("Every line was placed.")
        return
    errors.print(f"{len(report.unplaced)} lines could not be placed:")
    for line in report.unplaced[:UNPLACED_SHOWN]:
        text = f": {line.text}" if line.text else ""
        errors.print(f"  {line.source}:{line.source_line}: {line.reason}{text}", markup=False)
    if len(report.unplaced) > UNPLACED_SHOWN:
        errors.print("  … the rest with --json")
