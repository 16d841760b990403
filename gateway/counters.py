"""What this process counts, in the words of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

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
