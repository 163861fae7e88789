"""What the documents say is what the code does."""

from __future__ import annotations

import re

import pytest

from gateway.reference import DOCS, PAGES
from gateway.setting_table import PREFIX, SETTINGS
from tests.structure.house_rules import PACKAGES, ROOT, sources

README = ROOT / "README.md"
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_written_from_the_code_is_current(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run: python -m gateway.reference"


@pytest.mark.parametrize("page", [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))], ids=lambda p: p.name)
def test_every_link_inside_the_project_leads_somewhere(page: object) -> None:
    assert hasattr(page, "read_text")
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []  # type: ignore[attr-defined]


def test_no_module_reads_a_setting_by_itself() -> None:
    read = re.compile(r"os\.(getenv|environ(?!\[[^]]+\] = ))")
    readers = [path.name for path in sources(*PACKAGES) if read.search(path.read_text("utf-8"))]
    assert readers == ["console.py"], "settings are read once, by the command line"


def test_every_setting_named_in_the_readme_exists() -> None:
    named = set(re.findall(rf"{PREFIX}([A-Z_]+)", README.read_text("utf-8")))
    assert named <= set(SETTINGS)
