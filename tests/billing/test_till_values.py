"""The till's values: the gravest of several disputes, and orders that make no sense."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from billing.till import DisputeState, DisputeStatus, PaymentState
from tests.billing.tills import order


class TestSeveralDisputes:
    @pytest.mark.parametrize(
        ("statuses", "gravest"),
        [
            (["won", "lost", "needs_response"], "lost"),
            (["won", "warning_closed", "under_review"], "under_review"),
            (["prevented", "warning_under_review", "won"], "warning_under_review"),
            (["prevented", "won"], "won"),
        ],
    )
    def test_the_gravest_is_told(self, statuses: list[DisputeStatus], gravest: str) -> None:
        disputes = tuple(DisputeState(f"du_{status}", status, 1) for status in statuses)
        state = PaymentState("pi_1", None, "succeeded", 1, "usd", 0, None, None, True, None, disputes)
        assert state.dispute is not None
        assert state.dispute.status == gravest

    def test_every_status_has_its_gravity(self) -> None:
        for status in get_args(DisputeStatus):
            state = PaymentState(
                "pi_1", None, "succeeded", 1, "usd", 0, None, None, True, None, (DisputeState("du_1", status, 1),)
            )
            assert state.dispute is not None


class TestRequests:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"order": ""},
            {"order": "o" * 201},
            {"fan": ""},
            {"title": ""},
            {"title": "t" * 251},
            {"credits": 0},
            {"amount_minor": 0},
            {"currency": "USD"},
            {"currency": "us"},
            {"interval": "month"},
            {"mode": "subscription"},
        ],
    )
    def test_an_order_that_makes_no_sense_is_a_defect(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(AssertionError):
            order(**wrong)
