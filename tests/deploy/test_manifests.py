"""What deploy/ says is what the program does: settings, ports, paths and times agree, and Kubernetes' schemas hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from kubernetes_validate.utils import ValidationError, validate

from gateway.cli.entry import app
from gateway.reference import DOCS
from gateway.setting_table import PREFIX, SETTINGS
from gateway.settings import Settings, read_settings
from gateway.sockets import LEAVE_S
from tests.fleet.balancer import NAME
from tests.gateway.builders import APPS_JSON
from tests.structure.house_rules import ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
MANIFESTS = [path for path in KUBERNETES if path.name != "kustomization.yaml"]
KUBERNETES_VERSION = "1.30"
"""The oldest that is meant: the first whose containers may sleep before they are told to stop."""
SECRETS = {
    "ENCORE_APPS": APPS_JSON,
    "ENCORE_DATABASE_URL": "postgresql+asyncpg://encore@postgres/encore",
    "ENCORE_MODEL_KEY": "a-key",
}
SAYS_GOODBYE_S = 2 * LEAVE_S
"""Goodbye to every socket, then the close of every socket."""
PATHS = set(json.loads((DOCS / "openapi.json").read_text("utf-8"))["paths"]) | {"/v1/realtime", "/metrics"}
"""What nginx may name: routes, the socket, and the usual place of metrics, which is kept shut."""


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def manifest(name: str) -> Any:
    return parsed(DEPLOY / "kubernetes" / f"{name}.yaml")


COMPOSE = parsed(DEPLOY / "compose.yaml")
UNIT = (DEPLOY / "systemd" / "encore@.service").read_text("utf-8")
NGINX = (DEPLOY / "nginx" / "encore.conf.template").read_text("utf-8")
POD = manifest("deployment")["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


def mappings(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a document."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from mappings(inner)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_a_manifest_is_as_kubernetes_has_it(path: Path) -> None:
    validate(parsed(path), KUBERNETES_VERSION, strict=True)


def test_a_manifest_with_a_word_that_kubernetes_does_not_have_would_be_refused() -> None:
    wrong = manifest("deployment")
    wrong["spec"]["template"]["spec"]["terminationGracePeriod"] = 60
    with pytest.raises(ValidationError):
        validate(wrong, KUBERNETES_VERSION, strict=True)


def test_every_manifest_is_applied_and_none_has_a_secret() -> None:
    assert sorted(manifest("kustomization")["resources"]) == [path.name for path in MANIFESTS]
    assert "Secret" not in {parsed(path)["kind"] for path in MANIFESTS}
    assert [ref["secretRef"]["name"] for ref in CONTAINER["envFrom"] if "secretRef" in ref] == ["encore"]


def test_every_part_means_the_same_pods() -> None:
    labels = POD["metadata"]["labels"]
    spec = manifest("deployment")["spec"]
    assert spec["selector"]["matchLabels"] == labels
    assert manifest("disruption-budget")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("network-policy")["spec"]["podSelector"]["matchLabels"] == labels
    assert manifest("service")["spec"]["selector"] == labels
    target = manifest("autoscaler")["spec"]["scaleTargetRef"]
    deployment = manifest("deployment")
    assert (target["kind"], target["name"]) == (deployment["kind"], deployment["metadata"]["name"])
    (settings,) = [ref["configMapRef"]["name"] for ref in CONTAINER["envFrom"] if "configMapRef" in ref]
    assert settings == manifest("settings")["metadata"]["name"]


FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    words = path.read_text("utf-8")
    # nginx's own names are filled in by whoever starts it.
    filled = set(re.findall(r"^#   (ENCORE_\w+)", NGINX, re.MULTILINE))
    named = set(re.findall(rf"\b{PREFIX}[A-Z][A-Z_]*[A-Z]\b", words))
    assert {name.removeprefix(PREFIX) for name in named - filled} <= set(SETTINGS)


def settings_in(environment: dict[str, str]) -> Settings:
    return read_settings({**SECRETS, **environment})


def test_kubernetes_and_compose_have_settings_that_several_processes_may_share() -> None:
    for chosen in (
        settings_in(manifest("settings")["data"]),
        settings_in({k: v for k, v in COMPOSE["x-gateway"]["environment"].items() if "${" not in v}),
    ):
        assert not chosen.embedded_database
        assert chosen.redis_url
        assert chosen.chroma_url
        assert chosen.drain_s == float(SETTINGS["DRAIN_S"][0])


def option_of(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def test_everyone_starts_the_server_by_options_that_it_has() -> None:
    command = typer.main.get_command(app)
    serve = command.commands["serve"]  # type: ignore[attr-defined]
    known = {option for parameter in serve.params for option in parameter.opts}
    said = re.search(r"^CMD (\[.+\])$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    unit = re.search(r"^ExecStart=\S+ (.+)$", UNIT, re.MULTILINE)
    assert said is not None
    assert unit is not None
    for arguments in (json.loads(said[1]), CONTAINER["args"], unit[1].split()):
        assert arguments[0] == "serve"
        assert {word for word in arguments if word.startswith("--")} <= known


def test_the_ports_agree() -> None:
    (port,) = CONTAINER["ports"]
    assert option_of(CONTAINER["args"], "--port") == str(port["containerPort"])
    assert option_of(CONTAINER["args"], "--host") == "0.0.0.0"
    assert [p["targetPort"] for p in manifest("service")["spec"]["ports"]] == [port["name"]]
    assert manifest("network-policy")["spec"]["ingress"][0]["ports"][0]["port"] == port["containerPort"]
    services = COMPOSE["services"]
    addresses = re.findall(r"server (\S+):(\d+) ", services["nginx"]["environment"]["ENCORE_SERVERS"])
    gateways = [service for name, service in services.items() if name.startswith("gateway-")]
    assert addresses == [
        (gateway["networks"]["inside"]["ipv4_address"], str(port["containerPort"])) for gateway in gateways
    ]
    assert f"EXPOSE {port['containerPort']}" in (DEPLOY / "Dockerfile").read_text("utf-8")


def test_the_paths_that_are_asked_for_are_there() -> None:
    asked = {node["httpGet"]["path"] for node in mappings(POD) if "httpGet" in node}
    assert asked == {"/healthz", "/readyz"}
    assert CONTAINER["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/healthz", "a database that is away is no reason to kill"
    exact = set(re.findall(r"location = (/\S+)", NGINX))
    assert exact <= PATHS
    for service in ("gateway-1", "gateway-2"):
        assert "http://127.0.0.1:8080/readyz" in COMPOSE["services"][service]["healthcheck"]["test"][-1]


def seconds(said: str) -> float:
    return float(said.removesuffix("s"))


def test_everyone_waits_for_longer_than_a_process_takes_to_leave() -> None:
    leaving_s = float(manifest("settings")["data"]["ENCORE_DRAIN_S"]) + SAYS_GOODBYE_S
    pre_stop_s = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert POD["spec"]["terminationGracePeriodSeconds"] > pre_stop_s + leaving_s
    assert seconds(COMPOSE["x-gateway"]["stop_grace_period"]) > leaving_s
    stop = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    drain = re.search(r"^Environment=ENCORE_DRAIN_S=(\d+)$", UNIT, re.MULTILINE)
    assert stop is not None
    assert drain is not None
    assert float(stop[1]) > float(drain[1]) + SAYS_GOODBYE_S


def test_nginx_is_told_everything_and_waits_for_longer_than_pings_are_apart() -> None:
    assert set(NAME.findall(NGINX)) == set(COMPOSE["services"]["nginx"]["environment"]) - {"NGINX_ENVSUBST_FILTER"}
    for wait in re.findall(r"proxy_(?:read|send)_timeout (\d+)s", NGINX):
        assert float(wait) > 2 * float(SETTINGS["HEARTBEAT_S"][0])


def test_no_image_is_whatever_is_newest() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()] + [CONTAINER["image"]]
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []
