"""C29: a statement is what was booked, to the line."""

from __future__ import annotations

from domain.provider_news import LineKind, ReadsStatements, StatementLine
from plugins.conformance.bench import Bench, Opened, kept
from plugins.conformance.suite import PayoutSuite, case, changed_amount, does_not_apply


class StatementCases(PayoutSuite):
    @case("C29", "the statement is what was booked")
    def test_c29_statement(self) -> None:
        """Each payment once, below zero, exact; the cursor goes on where it stopped."""
        with self.bench() as bench:
            opened, refs = self._booked(bench)
            lines, cursor = self._lines(bench, opened, None)
            paid = {each.item_ref: -each.amount.micros for each in lines if each.item_ref in refs}
            assert paid == refs
            assert len({each.line_id for each in lines}) == len(lines)
            again, _ = self._lines(bench, opened, cursor)
            assert not {each.line_id for each in again} & {each.line_id for each in lines}

    @case("C29", "a planted difference is told")
    def test_c29_difference(self) -> None:
        """A line that says another amount is passed on as it is, so that the books see it."""
        with self.bench() as bench:
            opened, refs = self._booked(bench)
            if not self.amount_field:
                does_not_apply("`amount_field` does not say where its answers carry an amount")
            bench.wire.rewrite = changed_amount(self.amount_field)
            lines, _ = self._lines(bench, opened, None)
            assert bench.wire.rewritten, f"no statement has {self.amount_field!r}"
            told = {each.item_ref: -each.amount.micros for each in lines if each.item_ref in refs}
            assert told and all(told[ref] != refs[str(ref)] for ref in told)

    def _booked(self, bench: Bench) -> tuple[Opened, dict[str, int]]:
        opened = bench.open()
        if not isinstance(opened.raw, ReadsStatements):
            does_not_apply("it reads no statements")
        self.applies("C29")
        batches = [bench.prepared(opened, bench.batch()) for _ in range(2)]
        for batch in batches:
            self.finished(bench, opened, kept(batch, bench.send(opened, batch)))
        self.patiently(bench)
        return opened, {
            item.item_ref: item.amount.micros for batch in batches for item in batch.items
        }

    def _lines(
        self, bench: Bench, opened: Opened, cursor: str | None
    ) -> tuple[list[StatementLine], str | None]:
        async def read() -> tuple[list[StatementLine], str | None]:
            lines: list[StatementLine] = []
            last = cursor
            async for page in opened.raw.statement(cursor, bench.now(), bench.context()):
                lines += page.lines
                last = page.cursor
            return lines, last

        lines, last = bench.run(read())
        return [each for each in lines if each.kind is not LineKind.FEE], last
