"""What the gateway tells of its work: counted once, by kind, behind a token, and never with anybody's words."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from gateway.adapters.prometheus import PrometheusMeasures, forget_worker
from gateway.measures import Measures, NoMeasures, open_socket
from persona.doubles import ScriptedModel, ScriptedReply
from tests.gateway.builders import House, served, settings_of
from tests.gateway.processes import running
from tests.gateway.story import SHOW

TOKEN = "a-token-of-the-scraper-for-tests"
CANARY = "canarysaidhere"
DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD, ALERTS = DEPLOY / "grafana" / "encore.json", DEPLOY / "prometheus" / "alerts.yaml"
_METRIC = re.compile(r"\bencore_[a-z_]+")
_SUFFIX = re.compile(r"_(?:total|bucket|sum|count|created)$")


@asynccontextmanager
async def watched(data_dir: Path, model: ScriptedModel) -> AsyncIterator[House]:
    """A house whose numbers may be looked at."""
    async with served(settings_of(data_dir, METRICS_TOKEN=TOKEN), model) as house:
        yield house


async def scraped(house: House, token: str = TOKEN) -> httpx.Response:
    async with httpx.AsyncClient(base_url=house.base, trust_env=False) as http:
        return await http.get("/metrics", headers={"authorization": f"Bearer {token}"} if token else {})


def samples(text: str) -> dict[str, float]:
    """Name and labels -> value."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_a_turn_is_counted_from_its_hold_to_its_capture(data_dir: Path) -> None:
    async with watched(data_dir, ScriptedModel(["One sentence. Another one. And a third."])) as house:
        fan = await house.rich_fan("mara")
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            await talk.say(conversation, f"Is it {CANARY}?")
            during = samples((await scraped(house)).text)
            mark = talk.mark(conversation)
        async with fan.talk(resume=[mark]):
            pass
        async with fan.talk(resume=[{**mark, "epoch": "another"}]):
            pass
        found = samples((await scraped(house)).text)
    assert during["encore_sockets_open"] == 1
    assert found["encore_sockets_open"] == 0
    assert found["encore_turns_accepted_total"] == 1
    assert found['encore_turns_ended_total{code="",status="completed"}'] == 1
    assert (found["encore_turns_captured_total"], found["encore_turns_voided_total"]) == (1, 0)
    assert found["encore_credits_captured_total"] == 2
    assert found["encore_holds_open"] == 0
    assert found["encore_first_words_seconds_count"] == 1
    assert found["encore_recall_seconds_count"] == 1
    assert (found['encore_resumes_total{recovered="yes"}'], found['encore_resumes_total{recovered="no"}']) == (1, 1)


async def test_a_turn_that_fails_is_voided_and_says_why(data_dir: Path) -> None:
    async with watched(data_dir, ScriptedModel([ScriptedReply(CANARY, fail_after=0)])) as house:
        fan = await house.rich_fan("mara")
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            assert (await talk.say(conversation, CANARY))["status"] == "failed"
        answer = await scraped(house)
        found = samples(answer.text)
    assert sum(value for name, value in found.items() if name.startswith('encore_turns_ended_total{code="')) == 1
    assert (found["encore_turns_captured_total"], found["encore_turns_voided_total"]) == (0, 1)
    assert found["encore_holds_open"] == 0
    assert CANARY not in answer.text
    assert "mara" not in answer.text


@pytest.mark.parametrize("token", ["", "another", TOKEN + "x"])
async def test_without_the_token_there_is_nothing_here(data_dir: Path, token: str) -> None:
    async with watched(data_dir, ScriptedModel()) as house:
        answer = await scraped(house, token)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_without_a_token_in_the_settings_nobody_may_look(house: House) -> None:
    for token in ("", TOKEN):
        assert (await scraped(house, token)).status_code == 404


@pytest.mark.parametrize("measures", [NoMeasures(), PrometheusMeasures()], ids=["none", "prometheus"])
def test_every_measure_may_be_taken_in_any_order(measures: Measures) -> None:
    measures.turn_ended("failed", "interrupted", charged=0, ours=False)  # of a process that died
    with open_socket(measures):
        measures.resumed(recovered=False)
    measures.evicted()
    measures.crisis_answered()
    measures.turn_unsettled()
    found = samples(measures.exposition().decode())
    assert found.get("encore_holds_open", 0) == 0
    assert found.get("encore_evictions_total", 1) == 1


_WORKER = (
    "from gateway.adapters.prometheus import PrometheusMeasures as M; m = M();"
    " m.turn_accepted(); m.socket_opened(); print(m.exposition().decode())"
)


async def test_workers_count_together_and_one_that_died_holds_nothing_open(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    pids, text = [], ""
    for _ in range(2):
        variables = {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
        async with running("-c", _WORKER, environment=variables) as worker:
            pids.append(worker.pid)
            status, text, said = await worker.output()
            assert status == 0, said
            if len(pids) == 1:
                forget_worker(folder, pids[0])
    found = samples(text)
    assert (found["encore_turns_accepted_total"], found["encore_sockets_open"]) == (2, 1)


def families(text: str) -> set[str]:
    """The metrics that a text names."""
    return {_SUFFIX.sub("", name) for name in _METRIC.findall(text)}


def test_the_dashboard_and_the_alerts_know_exactly_these_metrics() -> None:
    ours = families(PrometheusMeasures().exposition().decode())
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    asked = {target["expr"] for panel in panels for target in panel.get("targets", ())}
    assert families("\n".join(asked)) == ours
    rules = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
    assert families("\n".join(rule["expr"] for rule in rules)) <= ours
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in rules)


def test_the_guide_has_every_metric() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "observability.md").read_text("utf-8")
    assert families(guide) == families(PrometheusMeasures().exposition().decode())
