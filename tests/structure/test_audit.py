"""The dependency audit fails on a known vulnerability and never passes one off as audited."""

from __future__ import annotations

import json

from tests.audit import read_report

CLEAN = {"name": "alpha", "version": "1.0", "vulns": []}
HURT = {"name": "beta", "version": "2.0", "vulns": [{"id": "PYSEC-2026-1"}]}
UNASKED = {"name": "gamma", "skip_reason": "not found"}


def _report(*entries: object) -> str:
    return json.dumps({"dependencies": entries, "fixes": []})


def test_a_known_vulnerability_is_named() -> None:
    assert read_report(_report(CLEAN, HURT)).vulnerable == ("beta 2.0: PYSEC-2026-1",)


def test_an_unanswered_package_is_counted() -> None:
    audit = read_report(_report(CLEAN, UNASKED))
    assert (audit.answered, audit.unanswered) == (1, 1)
    assert "1 packages audited, 1 unanswered" in audit.sentence("x.lock")


def test_an_audit_that_did_not_happen_says_so() -> None:
    assert "NOT AUDITED" in read_report(_report(UNASKED)).sentence("x.lock")
