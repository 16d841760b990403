"""`piecerate consensus`: a file of answers in, the agreed labels or a trial of the rules out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from domain.quality.rules import Answer, calibrate, choose
from gateway.quality.trial import try_aggregators, try_overlap, try_proposals
from gateway.refused import CommandRefused
from gateway.replay.crowd import MalformedLine, read_crowd


def consensus(labels: Path, *, truth: Path | None, gold: Path | None, show: bool) -> None:
    """Writes task, label and confidence as TSV; with `show`, what the rules reach on the truth."""
    try:
        crowd = read_crowd(labels, truth=truth)
        known = dict(read_crowd(labels, truth=gold).truth) if gold else {}
    except MalformedLine as failure:
        raise CommandRefused(str(failure)) from failure
    answers = [Answer(each.worker, each.task, each.label) for each in crowd.answers]
    if show:
        show_trial(Console(), answers, crowd.truth)
    else:
        _write(answers, known)


def _write(answers: Sequence[Answer], gold: Mapping[str, str]) -> None:
    chosen = choose(answers, gold=gold)
    confidence = calibrate(chosen.agreed, gold=gold)
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(("task", "label", "confidence_on_gold"))
    for task_id, agreed in chosen.agreed.items():
        share = confidence[task_id]
        out.writerow((task_id, agreed.label, "" if share is None else f"{share:.3f}"))
    sys.stderr.write(
        f"{chosen.aggregator.value}: {chosen.right} of {chosen.compared} gold tasks right\n"
    )


def show_trial(console: Console, answers: Sequence[Answer], truth: Mapping[str, str]) -> None:
    tasks = {answer.task_id for answer in answers}
    workers = {answer.worker_id for answer in answers}
    console.print(
        f"{len(answers):,} answers, {len(tasks):,} tasks, {len(workers):,} workers, "
        f"{len(truth):,} known truths"
    )
    table = Table("aggregator", "right", "of", "accuracy", "F1 of the rarer", "CPU s")
    for each in try_aggregators(answers, truth):
        table.add_row(
            each.aggregator.value,
            f"{each.right:,}",
            f"{each.compared:,}",
            _share(each.accuracy),
            _share(each.f1),
            f"{each.cpu_seconds:.2f}",
        )
    console.print(table)
    if not truth:
        return
    most = max(sum(answer.task_id == task for answer in answers) for task in list(truth)[:50])
    table = Table("stops at confidence", "answers a task", "instead of", "saved", "accuracy")
    for bought in try_overlap(answers, truth, place_count_max=max(most, 2), seed=7):
        table.add_row(
            f"{bought.confidence:.2f}",
            f"{bought.answers_per_task:.2f}",
            f"{bought.answers_per_task_all:.2f}",
            f"{bought.saved:.0%}",
            _share(bought.accuracy),
        )
    console.print(table)
    found = try_proposals(answers, truth, threshold=0.6, seed=7)
    console.print(
        f"{found.workers} workers with 30 answers or more, {found.bad} of them right less often "
        f"than 60 %: {found.proposed} shown to a person, {found.wrongly} of those wrongly."
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
