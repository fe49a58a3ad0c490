"""Dashboard, alerts and their page speak of metrics that a server really shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.machine import ROOT
from tests.support.server import ServerProcess

DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "hubbub.json").read_text())
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
PAGE = (ROOT / "docs" / "alerts.md").read_text()
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS = [*(rule["expr"] for rule in ALERTS), *(target["expr"] for target in TARGETS)]

PROMETHEUS_ITSELF = {"up"}  # a series that no target shows
ADDED = {"instance", "job"}  # labels that Prometheus gives to everything
_METRIC = re.compile(r"\b(?:hubbub|process|python)_\w+|\bup\b")
_MATCHED = re.compile(rf"(?P<metric>{_METRIC.pattern})\{{(?P<matchers>[^}}]*)\}}")
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


@pytest.fixture(scope="module")
def shown(shared_server: ServerProcess) -> dict[str, set[str]]:
    """{series: the labels that its samples have}; a series without samples yet has none."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(httpx.get(f"{shared_server.http_url}/metrics").text):
        for suffix in _SUFFIXES.get(family.type, ("",)):
            found[family.name + suffix] = set()
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_expression_names_metrics_and_labels_that_exist(expression: str, shown: dict[str, set[str]]) -> None:
    names = set(_METRIC.findall(expression))
    assert names
    assert names - PROMETHEUS_ITSELF <= set(shown)
    for match in _MATCHED.finditer(expression):
        labels = set(re.findall(r"(\w+)\s*=~?\s*\"", match["matchers"])) - ADDED
        known = shown.get(match["metric"], set())
        assert labels <= known or not known, f"{match['metric']} has no label {labels - known}"
    assert all(expression.count(opening) == expression.count(closing) for opening, closing in ("()", "[]", "{}"))


@pytest.mark.parametrize("expression", [each for each in EXPRESSIONS if "_total" in each or "_bucket" in each])
def test_what_only_grows_is_looked_at_by_its_rate(expression: str) -> None:
    for match in re.finditer(r"\w+_(?:total|bucket)\b(?:\{[^}]*\})?(?P<range>\[[^\]]+\])?", expression):
        assert match["range"], f"{match.group()} is a sum since the start"


def test_quantiles_keep_the_bounds_of_the_buckets() -> None:
    for expression in EXPRESSIONS:
        assert "_bucket" not in expression or re.search(r"by \([^)]*\ble\)", expression), expression


def test_each_alert_has_its_words_and_says_how_soon() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(set(names)) == len(names)
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]


def sections() -> Iterator[tuple[str, str]]:
    for part in PAGE.split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        yield title, text


def test_the_page_has_each_alert_in_the_order_of_the_rules_and_how_soon() -> None:
    assert [(title, text.split("*")[1].rstrip(".")) for title, text in sections()] == [
        (rule["alert"], rule["labels"]["severity"]) for rule in ALERTS
    ]


@pytest.mark.parametrize(("title", "text"), [*sections()])
def test_each_section_says_what_it_means_and_what_to_do(title: str, text: str, shown: dict[str, set[str]]) -> None:
    paragraphs = [each for each in text.strip().split("\n\n") if each.strip()]
    assert len(paragraphs) >= 2, f"{title} says what it is and not what to do"
    assert set(re.findall(r"`(hubbub_\w+)", text)) <= set(shown)


def test_no_panel_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24  # Grafana's columns
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_dashboard_asks_for_its_source_and_knows_no_machine() -> None:
    variables = {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert {"datasource", "instance"} <= variables
    assert all(target["datasource"]["uid"] == "${datasource}" for target in TARGETS)
    assert all("$instance" in target["expr"] for target in TARGETS)
