"""The commands of money: grants and the books."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.gateway.commands import Encore, one_sentence


@pytest.mark.parametrize("app", ["nothing", "second/app", "", " demo"])
def test_credits_are_granted_to_fans_of_an_app_that_is_there(encore: Encore, app: str) -> None:
    done = encore("grant", "--fan", "mara", "--app", app, "--credits", "5", "--reason", "x")
    assert (done.status, done.out) == (2, "")
    assert "--app" in done.err
    for known in ("demo", "second-app"):
        assert encore("grant", "--fan", "mara", "--app", known, "--credits", "5", "--reason", "x").status == 0
    assert encore("grant", "--fan", "mara", "--credits", "5", "--reason", "x", env={"APPS": ""}).status == 0


def test_credits_are_granted_once_for_a_key(encore: Encore) -> None:
    grant = ("grant", "--fan", "mara", "--credits", "7", "--reason", "to try")
    assert encore(*grant, "--key", "k1").out == "mara of demo now has 7 credits.\n"
    assert encore(*grant, "--key", "k1").out == "mara of demo now has 7 credits.\n"
    assert encore(*grant).out == "mara of demo now has 14 credits.\n"
    one_sentence(encore(*grant[:3], "--credits", "8", *grant[5:], "--key", "k1"), "used before")


def test_the_books_are_kept_and_verified_on_a_server_too(encore: Encore, postgres_url: str) -> None:
    server = {"DATABASE_URL": postgres_url}
    granted = encore("grant", "--fan", "mara", "--credits", "7", "--reason", "to try", env=server)
    assert granted.out == "mara of demo now has 7 credits.\n"
    fine = encore("ledger", "verify", env=server)
    assert (fine.status, fine.out) == (0, "The books add up.\n")


def test_the_books_are_verified_and_a_tampered_wallet_is_found(encore: Encore, data_dir: Path) -> None:
    encore("grant", "--fan", "mara", "--credits", "7", "--reason", "to try")
    fine = encore("ledger", "verify")
    assert (fine.status, fine.out) == (0, "The books add up.\n")
    with sqlite3.connect(data_dir / "encore.db") as database:
        database.execute("update wallets set posted = posted + 5")
    database.close()
    found = encore("ledger", "verify")
    assert (found.status, found.out) == (1, "")
    assert "I2 fan demo/mara" in found.err
    told = encore("ledger", "verify", "--json")
    assert (told.status, {violation["invariant"] for violation in told.json}) == (1, {"I2"})
