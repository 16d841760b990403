"""What this process counts, in the words of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.payouts.queries import Timeliness
from schema.execution.counting import READS

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST


class ReadCollector(Collector):
    """How objects and lists were read: compiled, by resolvers and why, or by graphql-core."""

    def collect(self) -> Iterable[Metric]:
        ways = CounterMetricFamily(
            "piecerate_reads", "Objects and lists, by how they were read.", labels=["way"]
        )
        ways.add_metric(["compiled"], READS.compiled_count)
        ways.add_metric(["resolvers"], READS.resolved_count)
        ways.add_metric(["reference"], READS.reference_count)
        reasons = CounterMetricFamily(
            "piecerate_reads_by_resolvers", "Why resolvers answered.", labels=["reason"]
        )
        for reason, count in READS.reasons.items():
            reasons.add_metric([reason], count)
        return [ways, reasons]


REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(ReadCollector())


def counters() -> bytes:
    return generate_latest(REGISTRY)


def overdue(rows: Mapping[str, int]) -> bytes:
    """Of the whole deployment too."""
    registry = CollectorRegistry(auto_describe=False)
    gauge = Gauge(
        "piecerate_retention_overdue_rows",
        "Rows that should have gone two days ago.",
        labelnames=["store"],
        registry=registry,
    )
    for store, count in rows.items():
        gauge.labels(store).set(count)
    return generate_latest(registry)


def in_time(told: Timeliness) -> bytes:
    """Of the whole deployment, so every worker says the same."""
    registry = CollectorRegistry(auto_describe=False)
    due = Gauge("piecerate_payouts_due", "To be paid in the last 30 days.", registry=registry)
    due.set(told.due_count)
    if told.ratio is not None:
        ratio = Gauge("piecerate_payout_on_time_ratio", "Paid in time.", registry=registry)
        ratio.set(told.ratio)
    return generate_latest(registry)
