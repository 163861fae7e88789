"""What finds a character, and whom a fan has met."""

from __future__ import annotations

import pytest

from characters.casting import cast_of, find_cast
from characters.meeting import met_by
from characters.release import Cast
from characters.sheet import DatedText, Sheet, Voice


def cast(slug: str, cue: str, *aliases: str, first_episode: int = 1) -> Cast:
    line = (DatedText(text="Hm."),)
    sheet = Sheet(
        slug=slug,
        name=slug.title(),
        cue=cue,
        aliases=aliases,
        tagline="T.",
        essence="E.",
        voice=Voice(description="V."),
        wants=line,
        greetings=line,
        deflections=line,
    )
    return cast_of("show", 1, sheet, status="published", first_episode=first_episode)


CASTS = (
    cast("tamsin", "TAMSIN", "Tam"),
    cast("jose", "JOSÉ", "José Marín", "tamsin's friend", first_episode=2),
    cast("li-ming", "李明", "Li Ming", "Gideon", first_episode=13),
    cast("gideon", "GIDEON"),
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("tamsin", "tamsin"),
        ("TAM", "tamsin"),
        ("josé", "jose"),
        ("JOSE\u0301", "jose"),
        ("  josé   marín ", "jose"),
        ("李明", "li-ming"),
        ("li ming", "li-ming"),
        ("gideon", "gideon"),
        ("nobody", None),
        ("", None),
    ],
)
def test_slug_name_cue_and_alias_find_a_character_in_any_case(name: str, slug: str | None) -> None:
    found = find_cast(CASTS, name)
    assert (found.sheet.slug if found else None) == slug


@pytest.mark.parametrize(
    ("horizon", "slugs"),
    [
        (0, ["tamsin", "gideon"]),
        (1, ["tamsin", "gideon"]),
        (2, ["tamsin", "jose", "gideon"]),
        (12, ["tamsin", "jose", "gideon"]),
        (13, ["tamsin", "jose", "li-ming", "gideon"]),
    ],
)
def test_a_fan_has_met_those_who_were_there_up_to_their_horizon(horizon: int, slugs: list[str]) -> None:
    assert [member.sheet.slug for member in met_by(CASTS, horizon)] == slugs
