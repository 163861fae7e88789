"""The commands of the rate card, of promotions and of share terms, and the files they read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import InvalidFile
from gateway.price_files import load_price, load_promotion
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.march import play_march
from tests.gateway.story import SHOW

PRICE: dict[str, Any] = {
    "id": "dearer",
    "author": "ana",
    "effective_from": "2090-01-01",
    "show": SHOW,
    "text": 1,
    "voice": 5,
}
OFFER: dict[str, Any] = {
    "name": "SPRING26",
    "kind": "code",
    "title": "Spring",
    "author": "ana",
    "approver": "ben",
    "starts": "2026-03-01",
    "ends": "2026-04-01T12:00:00+02:00",
    "credits": 5,
    "redemptions_max": 100,
}
MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")
DAY_2090_MS = 3_786_912_000_000


def written(folder: Path, content: dict[str, Any], name: str = "file.json") -> str:
    (folder / name).write_text(json.dumps(content), "utf-8")
    return name


def test_a_price_is_proposed_by_one_and_approved_by_another(encore: Encore, tmp_path: Path) -> None:
    file = written(tmp_path, PRICE)
    assert "dearer is proposed" in encore("prices", "propose", file).out
    assert "dearer is proposed" in encore("prices", "propose", file).out
    assert [(one["id"], one["status"]) for one in encore("prices", "list", "--json").json] == [
        ("opening", "in force"),
        ("opening-scene", "in force"),
        ("dearer", "proposed"),
    ]
    one_sentence(encore("prices", "approve", "dearer", "--approver", " ANA "), "somebody else")
    assert encore("prices", "approve", "dearer", "--approver", "ben").out == (
        "Price dearer begins at 2090-01-01 00:00:00 UTC.\n"
    )
    listed = encore("prices", "list", "--json").json[2]
    assert listed == {
        "status": "to come",
        "id": "dearer",
        "show": SHOW,
        "character": "",
        "mode": "",
        "locale": "",
        "region": "",
        "text": 1,
        "voice": 5,
        "text_per_1000_tokens": 0,
        "voice_per_100_chars": 0,
        "tokens_max": 0,
        "chars_max": 0,
        "voices": {},
        "effective_from_ms": DAY_2090_MS,
        "protects_until_ms": None,
        "author": "ana",
        "approver": "ben",
    }
    one_sentence(encore("prices", "withdraw", "dearer"), "approved before")
    one_sentence(encore("prices", "propose", written(tmp_path, PRICE | {"id": "again"})), "dearer takes effect")
    assert f"show {SHOW}" in encore("prices", "list").out


def test_a_proposal_is_withdrawn_and_one_in_the_past_is_never_approved(encore: Encore, tmp_path: Path) -> None:
    encore("prices", "propose", written(tmp_path, PRICE))
    assert encore("prices", "withdraw", "dearer").out == "Price dearer is withdrawn.\n"
    one_sentence(encore("prices", "approve", "dearer", "--approver", "ben"), "withdrawn before")
    one_sentence(encore("prices", "approve", "nothing", "--approver", "ben"), "nothing")
    assert (
        encore("prices", "propose", written(tmp_path, PRICE | {"id": "past", "effective_from": "2020-01-01"})).status
        == 0
    )
    one_sentence(encore("prices", "approve", "past", "--approver", "ben"), "past")


def test_a_price_is_tried_on_the_turns_of_a_period_and_changes_nothing(
    encore: Encore, data_dir: Path, tmp_path: Path
) -> None:
    play_march(data_dir)
    file = written(tmp_path, PRICE)
    found = encore("prices", "simulate", file, *MARCH, "--json").json
    assert found["total"] == {"turns": 5, "charged": 22, "would_be": 25, "difference": 3}
    assert [(one["show"], one["difference"]) for one in found["by_show"]] == [(SHOW, 3)]
    assert [(one["show"], one["character"], one["charged"]) for one in found["by_character"]] == [(SHOW, "tamsin", 22)]
    assert [(one["charged"], one["would_be"]) for one in found["by_day"]] == [(7, 7), (15, 18)]
    assert found["fans"] == {
        "paying_more": 1,
        "paying_less": 0,
        "paying_the_same": 0,
        "most_more": {"fan": "demo/mara", "credits": 3},
    }
    (cohort,) = found["cohorts"]
    assert (cohort["pays"], cohort["fans"], cohort["paying_more"], cohort["interval_milli"]) == (True, 1, 1, None)
    (money,) = encore("prices", "simulate", file, *MARCH, "--store-bps", "3000", "--json").json["money"]
    assert money["store_cost"] == money["revenue"] * 3_000 // 10_000 > 0
    assert money["margin_would_be"] > money["margin"]
    told = encore("prices", "simulate", file, *MARCH).out
    assert "Fans who would pay more: 1, less: 0, the same: 0.\nMost of all demo/mara: 3 credits more.\n" in told
    cheaper = written(tmp_path, PRICE | {"voice": 0})
    assert encore("prices", "simulate", cheaper, *MARCH, "--json").json["fans"]["paying_less"] == 1
    elsewhere = encore("prices", "simulate", written(tmp_path, PRICE | {"show": "other"}), *MARCH, "--json").json
    assert (elsewhere["total"]["difference"], elsewhere["fans"]["most_more"]) == (0, None)
    nothing = encore("prices", "simulate", file, "--from", "2026-04-01", "--to", "2026-04-02")
    assert nothing.out == "No turn was charged in this period.\n"
    assert [one["id"] for one in encore("prices", "list", "--json").json] == ["opening", "opening-scene"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": -1}, ["text"]),
        ({"text": 2.5}, ["text"]),
        ({"text": "2"}, ["text"]),
        ({"text": True}, ["text"]),
        ({"txt": 1}, ["txt", "no such key"]),
        ({"effective_from": "soon"}, ["effective_from", "2027-01-15"]),
        ({"effective_from": 2090}, ["effective_from", "2027-01-15"]),
        ({"effective_from": "1969-12-31"}, ["effective_from"]),
        ({"id": ""}, ["id"]),
        ({"author": "a" * 201}, ["author"]),
        ({"voices": {"warm": "x"}}, ["voices.warm"]),
        ({"text": 10_001}, ["10001 credits"]),
        ({"text_per_1000_tokens": 1}, ["tokens_max"]),
        ({"protects_until": "2089-12-31"}, ["protects_until"]),
    ],
    ids=str,
)
def test_a_price_with_a_fault_is_told_where_it_is(
    encore: Encore, tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    file = written(tmp_path, PRICE | changes)
    one_sentence(encore("prices", "propose", file), *words)
    one_sentence(encore("prices", "simulate", file, *MARCH), *words)
    assert len(encore("prices", "list", "--json").json) == 2


def test_every_fault_has_a_sentence_of_its_own(encore: Encore, tmp_path: Path) -> None:
    done = encore(
        "prices", "propose", written(tmp_path, {"id": "x", "text": -1, "txt": 1, "effective_from": "2090-01-01"})
    )
    assert done.status == 1
    assert done.err.splitlines() == [
        "file.json cannot be used at “author”: it is missing.",
        "file.json cannot be used at “text”: input should be greater than or equal to 0.",
        "file.json cannot be used at “txt”: there is no such key.",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.yaml", b"- a\n- b\n", "keys with their values"),
        ("p.yaml", b"", "keys with their values"),
        ("p.yaml", b"text: 1\ntext: 2\n", "given twice"),
        ("p.yaml", b"a: &x 1\nb: *x\n", "aliases"),
        ("p.yaml", b"\xff\xfe", "not UTF-8"),
        ("p.yaml", b"text: [", "line 1"),
        ("p.json", b"{'text': 1}", "not JSON"),
        ("p.json", b'{"text": 1, "text": 2}', "given twice"),
        ("p.json", b"[" * 100_000, "nested too deeply"),
        ("p.json", b" " * 1_000_001, "larger than"),
    ],
)
def test_a_file_that_is_no_price_is_told_by_its_name(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    for load in (load_price, load_promotion):
        with pytest.raises(InvalidFile) as refused:
            load(tmp_path / name)
        assert name in str(refused.value)
        assert words in str(refused.value)


def test_a_missing_file_is_told(encore: Encore) -> None:
    one_sentence(encore("prices", "propose", "missing.yaml"), "missing.yaml", "cannot be opened")
    one_sentence(encore("promotions", "offer", "missing.yaml"), "missing.yaml", "cannot be opened")


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "id: dearer\nauthor: ana\neffective_from: 2090-01-01\nshow: the-roof\ntext: 1\nvoice: 5\n"
        "voices:\n  warm: 7\n  cold: 6\nprotects_until: 2090-02-01T00:00:00Z\n",
        "utf-8",
    )
    other = PRICE | {"voices": {"cold": 6, "warm": 7}, "protects_until": "2090-02-01"}
    assert load_price(tmp_path / "p.yaml") == load_price(tmp_path / written(tmp_path, other))


def test_a_promotion_is_offered_listed_and_retired(encore: Encore, tmp_path: Path) -> None:
    file = written(tmp_path, OFFER)
    for _ in range(2):
        assert encore("promotions", "offer", file).out == "spring26 is offered from 2026-03-01 00:00:00 UTC.\n"
    (listed,) = encore("promotions", "list", "--json").json
    assert (listed["name"], listed["credits"], listed["redemptions_max"]) == ("spring26", 5, 100)
    assert "2026-04-01 10:00:00 UTC" in encore("promotions", "list").out
    assert encore("promotions", "retire", "Spring26").out == "spring26 is retired.\n"
    assert encore("promotions", "list", "--json").json == []
    one_sentence(encore("promotions", "retire", "nothing"), "no such offer")
    one_sentence(encore("promotions", "offer", file), "used before")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "gift"}, ["kind"]),
        ({"approver": "Ana"}, ["somebody else"]),
        ({"credits": 0}, ["gives nothing"]),
        ({"lot_days": 0}, ["lot_days"]),
        ({"bonus_bps": 100}, ["first purchase"]),
        ({"ends": "2026-01-01"}, ["ends before it starts"]),
        ({"redemption_max": 1}, ["redemption_max"]),
    ],
    ids=str,
)
def test_a_promotion_with_a_fault_is_refused(
    encore: Encore, tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    one_sentence(encore("promotions", "offer", written(tmp_path, OFFER | changes)), *words)
    assert encore("promotions", "list", "--json").json == []


def test_a_payee_earns_a_share_that_two_people_agreed(encore: Encore) -> None:
    terms = ("--payee", "Ada Reyes", "--bps", "1550", "--show", SHOW, "--character", "tamsin", "--author", "ana")
    done = encore("rights", "share", *terms, "--approver", "ben", "--from", "2090-01-01")
    assert done.out == f"Ada Reyes earns 15.50 % of show {SHOW}, character tamsin from 2090-01-01 00:00:00 UTC.\n"
    (listed,) = encore("rights", "list", "--json").json
    assert (listed["share_bps"], listed["effective_from_ms"], listed["approver"]) == (1550, DAY_2090_MS, "ben")
    assert "Ada Reyes" in encore("rights", "list").out
    one_sentence(encore("rights", "share", *terms, "--approver", "ben", "--from", "2090-01-01"), "same moment")
    one_sentence(encore("rights", "share", *terms, "--approver", "Ana"), "somebody else")
    assert encore("rights", "share", *terms, "--approver", "ben", "--from", "2026-01-01").status == 2
    assert encore("rights", "share", *terms[:3], "10001", *terms[4:], "--approver", "ben").status == 2
    assert encore("rights", "share", *terms, "--approver", " ").status == 2
    assert len(encore("rights", "list", "--json").json) == 1


def test_a_right_is_recorded_and_ends_in_one_command_each(encore: Encore) -> None:
    wanted = ("--show", "the-roof", "--use", "voice", "--character", "tamsin")
    assert "voice of tamsin" in encore("rights", "record", *wanted, "--source", "contract 7").out
    assert "may not be used" in encore("rights", "revoke", *wanted).out
    one_sentence(encore("rights", "record", "--show", "nowhere", "--use", "voice", "--source", "x"), "no show")
    assert encore("rights", "record", "--show", "the-roof", "--use", "smell", "--source", "x").status == 2
