"""Files of crowd answers: read whole or refused with file and line, before anything happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from gateway.replay.command import Options, ReplayRefused, Via, make_plan
from gateway.replay.crowd import Answer, MalformedLine, accuracy, consensus, read_crowd
from gateway.replay.drive import expected_rewards
from gateway.replay.plan import Plan

GOOD = "w1\tt1\tyes\nw2\tt1\tyes\nw3\tt1\tno\nw1\tt2\tno\n"


def written(folder: Path, content: bytes | str, name: str = "labels.tsv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_reads_answers_in_their_order(tmp_path: Path) -> None:
    """Windows line ends and a byte order mark are somebody's honest file."""
    crowd = read_crowd(written(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()))

    assert crowd.answers[0] == Answer("w1", "t1", "yes")
    assert crowd.workers() == ["w1", "w2", "w3"]
    assert crowd.tasks() == {"t1": 3, "t2": 1}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"w1\tt1", "found 2 columns"),
        (b"w1\tt1\tyes\tno", "found 4 columns"),
        (b"", "found 1 columns"),
        (b"w1\t \tyes", "task is empty"),
        (b"w1\tt\xff\tyes", "not UTF-8"),
        (b"w1\tt\0\tyes", "not text"),
        (b"w1\t" + b"t" * 201 + b"\tyes", "over 200 characters"),
        (b"w1\tt1\tno", "answered t1 before"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: bytes, problem: str) -> None:
    """File name and number lead to the line; a broken third line spoils the whole file."""
    path = written(tmp_path, b"w1\tt1\tyes\nw2\tt1\tyes\n" + line + b"\nw9\tt9\tyes\n")

    with pytest.raises(MalformedLine) as refusal:
        read_crowd(path)

    assert f"{path}, line 3: " in str(refusal.value)
    assert problem in str(refusal.value)


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    """Nothing to replay is a mistake, not a success."""
    with pytest.raises(MalformedLine, match="no answer"):
        read_crowd(written(tmp_path, ""))
    with pytest.raises(MalformedLine, match="cannot be read"):
        read_crowd(tmp_path / "nowhere.tsv")


def test_two_truths_of_one_task_are_refused(tmp_path: Path) -> None:
    """The employer could not believe both."""
    labels = written(tmp_path, GOOD)
    truth = written(tmp_path, "t1\tyes\nt1\tno\n", "truth.tsv")

    with pytest.raises(MalformedLine, match=r"line 2: t1 has two true answers"):
        read_crowd(labels, truth=truth)


def test_gold_is_what_the_employer_knows_and_truth_what_we_measure(tmp_path: Path) -> None:
    """With one gold task the other is judged by consensus, and accuracy still sees both."""
    labels = written(tmp_path, GOOD)
    truth = written(tmp_path, "t1\tno\nt2\tyes\nt3\tyes\n", "truth.tsv")

    crowd = read_crowd(labels, truth=truth, gold=1)

    assert crowd.expected() == {"t1": "no", "t2": "no"}
    assert accuracy(consensus(crowd.answers), crowd.truth) == (0, 2)


@given(st.permutations([Answer(f"w{n}", "t", label) for n, label in enumerate("aabbc")]))
def test_consensus_does_not_depend_on_the_order(answers: list[Answer]) -> None:
    """A tie goes to the first label of the alphabet, whoever answered first."""
    assert consensus(answers) == {"t": "a"}


def plan_of(folder: Path, content: str = GOOD) -> Plan:
    crowd = read_crowd(written(folder, content))
    return Plan(crowd=crowd, reward=Money(50_000, "USD"), secret=b"s" * 32)


def test_the_same_file_is_the_same_run_and_another_is_not(tmp_path: Path) -> None:
    """So a killed replay finds its own members again, and never another run's."""
    first, again = plan_of(tmp_path), plan_of(tmp_path)
    other = plan_of(tmp_path, GOOD + "w4\tt2\tno\n")

    assert first.run == again.run != other.run
    assert first.workers() == again.workers()
    assert first.workers()["w1"].email != other.workers()["w1"].email
    assert first.workers()["w1"].password not in repr(first.workers())


def test_rewards_are_five_percent_of_the_referees_approved_work(tmp_path: Path) -> None:
    """w3 was brought by w2; its one answer is against the consensus, so nothing is earned."""
    plan = plan_of(tmp_path, GOOD + "w3\tt2\tno\n")

    assert plan.referrers() == {"w3": "w2"}
    assert expected_rewards(plan, rate=500) == {"w2": Money(2_500, "USD")}


@pytest.mark.parametrize(
    "change",
    [
        {"reward": "0"},
        {"reward": "-1"},
        {"reward": "0.0000001"},
        {"reward": "five"},
        {"reward": "1e3"},
        {"currency": "XXX"},
        {"concurrency": 0},
        {"gold": 3},
    ],
)
def test_options_nobody_can_replay_with_are_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    """One clear sentence, and nothing written."""
    chosen: dict[str, object] = {
        "labels": written(tmp_path, GOOD),
        "truth": None,
        "gold": None,
        "reward": "0.05",
        "currency": "USD",
        "concurrency": 8,
        "via": Via.OPERATIONS,
    }

    with pytest.raises(ReplayRefused):
        make_plan(Options(**{**chosen, **change}), secret=b"s" * 32)  # type: ignore[arg-type]  # wrong on purpose
