"""The rules of the house hold, and each of them can fail."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.structure.house_rules import (
    CROWDED_NAMES,
    PACKAGES,
    ROOT,
    bare_excepts,
    impure_calls,
    sources,
    too_long,
    undocumented,
)

PURE = "pure cores do no I/O and read neither clock nor chance"
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRACTS = {contract["name"]: contract for contract in CONFIG["tool"]["importlinter"]["contracts"]}


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(*PACKAGES, "tests", "bench"), ids=_shown)
def test_no_module_and_no_function_outgrows_its_room(path: Path) -> None:
    assert too_long(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=_shown)
def test_everything_public_says_what_it_is_for(path: Path) -> None:
    assert undocumented(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=_shown)
def test_whoever_catches_everything_says_why(path: Path) -> None:
    assert bare_excepts(path.read_text("utf-8")) == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert [_shown(path) for path in sources(*PACKAGES, "tests", "bench") if path.stem in CROWDED_NAMES] == []


@pytest.mark.parametrize("module", CONTRACTS[PURE]["source_modules"])
def test_a_pure_core_calls_no_impure_builtin(module: str) -> None:
    place = ROOT.joinpath(*module.split("."))
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    assert {path.name: impure_calls(path.read_text("utf-8")) for path in files} == {path.name: [] for path in files}


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (too_long, "def f() -> None:\n" + "    pass\n" * 60),
        (too_long, "x = 1\n" * 401),
        (undocumented, '"""Said."""\n\n\ndef f() -> None: ...\n'),
        (undocumented, "x = 1\n"),
        (impure_calls, "open('x')\n"),
        (bare_excepts, "try:\n    pass\nexcept Exception:\n    pass\n"),
    ],
)
def test_a_planted_breach_is_found(rule: object, planted: str) -> None:
    assert callable(rule)
    assert rule(planted)


def _import_lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def copy_of_the_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, without data, in which something can be broken."""
    folder = tmp_path_factory.mktemp("copy")
    for path in (ROOT / "pyproject.toml", *(p for name in PACKAGES for p in (ROOT / name).rglob("*.py"))):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder


def test_the_import_contracts_hold(copy_of_the_packages: Path) -> None:
    done = _import_lint(copy_of_the_packages)
    assert done.returncode == 0, done.stdout[-2_000:]


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("memory/horizon.py", "import gateway.session", "gateway -> persona -> memory -> characters"),
        ("billing/ledger.py", "import characters.script", "billing imports no other package of ours"),
        ("persona/performing.py", "import billing.types", "no package but the gateway imports billing"),
        ("gateway/turns.py", "import billing.adapters.sql_books", "only bootstrap names an adapter"),
        ("memory/recalling.py", "import fastapi", "characters, memory and persona know no web"),
        ("gateway/turns.py", "import sqlalchemy", "vendors are imported in adapters only"),
        ("gateway/session.py", "import time", PURE),
    ],
)
def test_a_broken_import_contract_fails(copy_of_the_packages: Path, module: str, planted: str, contract: str) -> None:
    path = copy_of_the_packages / module
    kept = path.read_text("utf-8")
    path.write_text(f"{kept}\n{planted}\n", "utf-8")
    try:
        done = _import_lint(copy_of_the_packages)
    finally:
        path.write_text(kept, "utf-8")
    assert done.returncode == 1
    assert any(contract in line and "BROKEN" in line for line in done.stdout.splitlines()), done.stdout[-2_000:]


def test_strict_types_are_checked_by_a_checker_that_can_fail(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def untyped(x):\n    return x\n", "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(planted)]
    done = subprocess.run(
        [*command, "--cache-dir", str(tmp_path / "cache")], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "no-untyped-def" in done.stdout
