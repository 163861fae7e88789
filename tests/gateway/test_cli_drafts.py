"""`encore character draft`: first sheets as drafts and files, and never over what somebody has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.commands import Encore, one_sentence
from tests.gateway.story import SHOW

HARBOUR = """Title: Harbour
Episode: 1

INT. BOATHOUSE - DAY

ADA LOVELL, 26, tarred apron, is caulking a boat. BO, 50, waits at the door.

BO
And what are you doing with my boat?

ADA
Mending it. Somebody has to.

BO
I'm your landlord.

ADA
Then you'll want it dry. I'm a boatbuilder's daughter.

BO
Noted.

ADA
My father built half this harbour.
"""


@pytest.fixture
def harbour(encore: Encore, tmp_path: Path) -> str:
    file = tmp_path / "ep1.fountain"
    file.write_text(HARBOUR, "utf-8")
    assert encore("show", "import", file, "--show", "harbour", "--json").status == 0
    return "harbour"


def test_everybody_who_speaks_is_drafted_once(encore: Encore, harbour: str) -> None:
    told = encore("character", "draft", "--show", harbour, "--json").json
    assert [(one["slug"], one["what"]) for one in told] == [("bo", "saved"), ("ada", "saved")]
    again = encore("character", "draft", "--show", harbour, "--json").json
    assert [one["what"] for one in again] == ["as before", "as before"]
    listed = encore("character", "list", "--show", harbour, "--json").json
    assert [(one["slug"], one["status"], one["version"]) for one in listed] == [("ada", "draft", 1), ("bo", "draft", 1)]


def test_a_draft_passes_lint_is_published_and_is_asked(encore: Encore, harbour: str) -> None:
    encore("character", "draft", "ada lovell", "--show", harbour)
    assert encore("character", "lint", "ada", "--show", harbour).status == 0
    published = encore("character", "publish", "ada", "--show", harbour, "--author", "Ann", "--approver", "Bo")
    assert published.out == "Published ada, version 1.\n"
    asked = encore("ask", "Who are you?", "--show", harbour, "--character", "Ada", "--episode", "1")
    assert asked.status == 0
    assert asked.out.strip()


def test_an_edited_sheet_stays_unless_it_is_forced(encore: Encore, harbour: str, tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    encore("character", "draft", "--show", harbour, "--out", folder)
    file = folder / "ada.yaml"
    draft = file.read_text("utf-8")
    assert "tagline: Ada Lovell, 26. Tarred apron." in draft
    assert "# Facts to approve: encore facts approve ID --show harbour --by NAME" in draft
    file.write_text(draft.replace("Tarred apron.", "Mends boats."), "utf-8")
    assert encore("character", "import", file, "--show", harbour).status == 0
    one_sentence(encore("character", "draft", "ADA", "--show", harbour), "--force")
    told = encore("character", "draft", "--show", harbour, "--json", "--out", folder).json
    assert [one["what"] for one in told] == ["as before", "kept: it has been edited"]
    assert "Mends boats." in file.read_text("utf-8")
    forced = encore("character", "draft", "Ada", "--show", harbour, "--force", "--out", folder, "--json").json
    assert [one["what"] for one in forced] == ["saved"]
    assert file.read_text("utf-8") == draft
    listed = encore("character", "list", "--show", harbour, "--json").json
    assert [(one["slug"], one["version"]) for one in listed] == [("ada", 3), ("bo", 1)]


def test_a_file_that_says_something_else_stays_and_what_is_decided_is_not_offered(
    encore: Encore, harbour: str, tmp_path: Path
) -> None:
    (tmp_path / "ada.yaml").write_text("mine", "utf-8")
    kept = encore("character", "draft", "ADA", "--show", harbour, "--out", tmp_path)
    assert "ada.yaml is there already" in kept.err
    assert (tmp_path / "ada.yaml").read_text("utf-8") == "mine"
    ids = [one["id"] for one in encore("facts", "list", "--show", harbour, "--proposed", "--json").json]
    encore("facts", "approve", *ids, "--show", harbour, "--by", "Ann")
    encore("character", "draft", "BO", "--show", harbour, "--out", tmp_path)
    assert "Facts to approve" not in (tmp_path / "bo.yaml").read_text("utf-8")


def test_nobody_of_that_name_is_one_sentence(encore: Encore) -> None:
    one_sentence(encore("character", "draft", "Nobody", "--show", SHOW), "Nobody")
    one_sentence(encore("character", "draft", "--show", "nowhere"), "nowhere")
