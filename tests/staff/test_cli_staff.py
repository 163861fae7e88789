"""`encore staff`: an installation's first admin comes in by the command line."""

from __future__ import annotations

from tests.gateway.commands import Encore, one_sentence
from tests.gateway.commands import encore as encore


def test_somebody_is_added_once_and_given_further_roles(encore: Encore) -> None:
    first = encore("staff", "add", "Ana", "--role", "admin", "--json").json
    assert first["link"].startswith("/staff/join/")
    encore("staff", "add", "ana", "--role", "author", "--show", "lanterns")
    listed = encore("staff", "list", "--json").json
    assert listed == [
        {"name": "Ana", "state": "invited", "codes": False, "roles": {"*": ["admin"], "lanterns": ["author"]}}
    ]
    encore("staff", "remove", "ana", "--role", "author", "--show", "lanterns")
    encore("staff", "shut-out", "ana")
    assert encore("staff", "list", "--json").json[0]["state"] == "shut out"
    acts = [entry["act"] for entry in encore("staff", "log", "--json").json]
    assert acts[:2] == ["staff.shut-out", "role.taken"]


def test_wrong_use_is_told_in_one_sentence(encore: Encore) -> None:
    assert encore("staff", "add", "ana", "--role", "queen").status == 2
    one_sentence(encore("staff", "invite", "nobody"), "nobody")
    one_sentence(encore("staff", "shut-out", "nobody"), "nobody")
