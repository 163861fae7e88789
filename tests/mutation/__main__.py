"""Whether the tests of money notice wrong money: `python -m tests.mutation [MODULE …] [--parallel N]`.

Runs the fast tests against every mutant of the pure modules that move credits, and fails when one survives that
`equivalent.toml` does not explain. It is a command and no gate: it takes minutes. It never changes a file.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
import sqlalchemy.ext.asyncio  # imported here, so that a mutant's process finds it there

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).parent / "equivalent.toml"
MODULES = ("billing.ledger", "billing.pricing", "billing.settlement", "billing.shares", "billing.budgets")
BILLING = "tests/billing/test_{}.py"
FAST = tuple(
    map(
        BILLING.format,
        (
            "settlement",
            "ledger",
            "ledger_edges",
            "pricing",
            "price_edges",
            "rates",
            "shares",
            "budgets",
            "budgets_contract",
            "turns_contract",
        ),
    )
)
REST = ("books_contract", "refunds_contract", "reports", "standing", "verify", "whatif", "evidence", "stateful")
ALL = (*FAST, *map(BILLING.format, REST))
IN_MEMORY = "not sqlite and not postgresql"
TIMEOUT_S = 240
PREPARED = (sqlalchemy.ext.asyncio, hypothesis)


@dataclass(frozen=True, slots=True)
class Survivor:
    """What a mutant is known by in `equivalent.toml`: not by its line, which moves."""

    module: str
    function: str
    before: str
    after: str


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from other source than its file's."""

    def __init__(self, module: str, source: str) -> None:
        self._module, self._source = module, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of the planted module, and of no other."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the planted source."""
        exec(compile(self._source, f"mutant of {self._module}", "exec"), module.__dict__)


def outcome(module: str, source: str, files: Sequence[str]) -> int:
    """Start the tests of `files` on this source in a process of their own; returns its id."""
    process = os.fork()
    if process:
        return process
    os.setsid()
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    sys.meta_path.insert(0, _Planted(module, source))
    generate = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # how a failure shrinks is nobody's interest
    hypothesis.settings.register_profile("mutants", database=None, derandomize=True, phases=generate)
    hypothesis.settings.load_profile("mutants")
    quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # Hypothesis is here already
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *quiet, "-k", IN_MEMORY, *files])
    os._exit(int(code))


class Pool:
    """So many test runs at a time, each of which may take so long."""

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._running: dict[int, tuple[Mutant, float]] = {}

    def survivors(self, module: str, found: Sequence[Mutant], files: Sequence[str]) -> list[Mutant]:
        """Those with which every test passes."""
        waiting, left = list(reversed(found)), list[Mutant]()
        while waiting or self._running:
            while waiting and len(self._running) < self._parallel:
                mutant = waiting.pop()
                process = outcome(module, mutant.source, files)
                self._running[process] = (mutant, time.monotonic())
            left += [mutant for mutant, passed in self._ended() if passed]
        return sorted(left, key=found.index)

    def _ended(self) -> Iterator[tuple[Mutant, bool]]:
        for process, (mutant, began) in list(self._running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if not ended and time.monotonic() - began < TIMEOUT_S:
                continue
            if not ended:  # it goes round in circles: the tests notice
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
            del self._running[process]
            yield mutant, bool(ended) and os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)


def say(line: str) -> None:
    """Tell the operator, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def explained() -> dict[Survivor, str]:
    """The mutants that change nothing that matters, and why."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {Survivor(one["module"], one["function"], one["before"], one["after"]): one["why"] for one in listed}


def run(modules: Sequence[str], parallel: int) -> int:
    """Print what survived without a reason, and reasons without a survivor; how many of both there are."""
    pool, known, wrong = Pool(parallel), explained(), 0
    for module in modules:
        source = (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        untouched = Mutant("", "", "", source)
        if not pool.survivors(module, [untouched], ALL):
            say(f"{module}: the tests fail without any change")
            return 1
        found = list(mutants(source))
        own = BILLING.format(module.removeprefix("billing."))  # first, for it is likely to end the run early
        fast = (own, *(file for file in FAST if file != own)) if (ROOT / own).is_file() else FAST
        left = pool.survivors(module, pool.survivors(module, found, fast), ALL)
        survivors = {Survivor(module, each.function, each.before, each.after) for each in left}
        say(
            f"{module}: {len(found)} mutants, {len(found) - len(left)} noticed, {len(survivors & set(known))} explained"
        )
        listed = {each for each in known if each.module == module}
        for each in sorted(survivors - listed, key=lambda one: (one.function, one.before)):
            say(f"\n  {module}.{each.function} survives:\n    - {each.before}\n    + {each.after}")
        for each in sorted(listed - survivors, key=lambda one: (one.function, one.before)):
            say(
                f"\n  {module}.{each.function} is listed and does not survive:\n    - {each.before}\n    + {each.after}"
            )
        wrong += len(survivors ^ listed)
    return wrong


def main() -> None:
    """Run and say by the exit status whether the tests notice everything."""
    parser = argparse.ArgumentParser(description="Run the tests of money against wrong money.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}; all by default")
    parser.add_argument("--parallel", type=int, default=2)
    chosen = parser.parse_args()
    os.chdir(ROOT)
    sys.exit(1 if run(chosen.modules or MODULES, chosen.parallel) else 0)


if __name__ == "__main__":
    main()
