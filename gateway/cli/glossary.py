"""`encore show glossary …`: how a show's names are rendered in other languages, and who addresses whom how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from characters.glossary import Glossary
from characters.glossary_import import import_glossary
from characters.locales import language_of
from characters.release import ReleaseId
from gateway.bootstrap import now_ms, open_store
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings

glossary_app = typer.Typer(help="Bring in and list a show's glossary.", no_args_is_help=True)
Show = Annotated[str, typer.Option(help="The show's slug.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to the group of shows."""
    app.add_typer(glossary_app, name="glossary")


@glossary_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A glossary in YAML, as `glossary.yaml` of a show folder.")],
    show: Show,
    by: Annotated[str, typer.Option(help="Who has approved it.")],
    as_json: AsJson = False,
) -> None:
    """Give a show another glossary, as a new release of the same canon; `encore show publish` puts it in force."""

    async def work() -> tuple[ReleaseId, bool]:
        async with open_store(settings()) as store:
            before = await store.catalogue.newest(show)
            release = await import_glossary(store.catalogue, file, show, by=by, now_ms=now_ms())
            return release, release != before

    release, is_new = run(work())
    if as_json:
        print_json({"show": release.show, "version": release.version, "new": is_new})
    elif is_new:
        out.print(f"The glossary is in {release}; publish it with: encore show publish {show}", markup=False)
    else:
        out.print(f"Nothing has changed in {release}.", markup=False)


@glossary_app.command("list")
def list_(
    show: Show,
    locale: Annotated[str | None, typer.Option(help="One language only, such as zh-Hans.")] = None,
    episode: Annotated[
        int | None, typer.Option(help="What a fan of this episode may be told; else all.", min=0)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the glossary of a show's newest release."""

    async def work() -> Glossary:
        async with open_store(settings()) as store:
            return (await store.catalogue.release(await store.catalogue.newest(show))).glossary

    found = run(work())
    glossary = found if episode is None else found.at(episode)
    languages = glossary.languages() if locale is None else (language_of(locale),)
    if as_json:
        print_json({"terms": list(_terms(glossary, languages)), "address": list(_addresses(glossary, languages))})
        return
    if not glossary.terms and not glossary.address:
        out.print("There is no glossary; bring one in with: encore show glossary import FILE --show " + show)
        return
    print_table(
        ("term", "from", *languages),
        (
            (one["term"], one["from_episode"], *(one["renderings"].get(language, "") for language in languages))
            for one in _terms(glossary, languages)
        ),
    )
    print_table(
        ("who", "to", "relation", "from", "until", "language", "says", "calls them"),
        (
            (
                one["who"],
                one["to"],
                one["relation"],
                one["from_episode"],
                one["until_episode"],
                language,
                *form.values(),
            )
            for one in _addresses(glossary, languages)
            for language, form in one["forms"].items()
        ),
    )


def _terms(glossary: Glossary, languages: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for entry in glossary.terms:
        rendered = {one: entry.renderings[one].text for one in languages if one in entry.renderings}
        if rendered:
            yield {"term": entry.term, "from_episode": entry.told_from, "renderings": rendered}


def _addresses(glossary: Glossary, languages: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for entry in glossary.address:
        forms = {
            one: {"uses": entry.forms[one].uses, "calls": entry.forms[one].calls or ""}
            for one in languages
            if one in entry.forms
        }
        if forms:
            yield {
                "who": entry.who,
                "to": entry.to,
                "relation": entry.relation or "",
                "from_episode": entry.from_episode,
                "until_episode": entry.until_episode or "",
                "forms": forms,
            }
