"""Asks the IRS in files which name a US number was issued to; staff carry them there and back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final

from domain.provider import (
    API_VERSION,
    CallContext,
    FileRefused,
    Health,
    HealthStatus,
    ProviderEnv,
)
from domain.verification.provider import (
    CheckAnswer,
    CheckFile,
    CheckFileReport,
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    ChecksByFile,
    CheckState,
    Evidence,
    Reason,
    SubjectField,
    Verifier,
    VerifierManifest,
)
from plugins.kyc.irs_tin.lines import CODES, AnsweredLine, CodeKind, line_of, read_line
from plugins.kyc.irs_tin.settings import LINES_MAX, VERSION, IrsTinConfig

SOURCE: Final = "irs_tin"
CONTENT_BYTES_MAX: Final = 20 * 2**20  # 100,000 answered lines have half of it
UNREAD_MAX: Final = 1_000  # more unread lines than that: it is another file


class IrsTin(Verifier[IrsTinConfig], ChecksByFile):
    manifest: ClassVar[VerifierManifest] = VerifierManifest(
        id="irs_tin",
        version=VERSION,
        api_version=API_VERSION,
        kinds={
            CheckKind.TAX_ID_ISSUED: CheckNeeds(
                fields=frozenset({SubjectField.NAME, SubjectField.TAX_NUMBER})
            )
        },
        countries=frozenset({"US"}),
        call_deadline=timedelta(seconds=10),
        concurrency=1,
        file_lines_max=LINES_MAX,
    )
    config_type: ClassVar[type] = IrsTinConfig
    _env: ProviderEnv[IrsTinConfig]

    async def open(self, env: ProviderEnv[IrsTinConfig]) -> None:
        self._env = env

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK)

    async def render(self, requests: Sequence[CheckRequest], context: CallContext) -> CheckFile:
        if len(requests) > self._env.config.lines_max:
            raise FileRefused(f"more than {self._env.config.lines_max} lines")
        lines = await self._env.run_blocking(lambda: _lines(requests))
        content = "".join(f"{line}\r\n" for line in lines).encode("ascii")
        return CheckFile(
            name=f"tin-{context.now:%Y%m%d-%H%M%S}.txt", media_type="text/plain", content=content
        )

    async def read_file(self, content: bytes, context: CallContext) -> CheckFileReport:
        return await self._env.run_blocking(lambda: self._read(content, context))

    def _read(self, content: bytes, context: CallContext) -> CheckFileReport:
        if len(content) > CONTENT_BYTES_MAX:
            raise FileRefused("the file is too large")
        try:
            text = content.decode("ascii")
        except UnicodeDecodeError as error:
            raise FileRefused("the file is no plain text") from error
        digest = hashlib.sha256(content).hexdigest()
        answers: dict[str, CheckAnswer] = {}
        unread: list[int] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            found = read_line(line)
            if found is None:
                unread.append(number)
            elif CODES[found.code].kind is not CodeKind.REPEATED:
                # The first answer about a check counts, as with the code for a repeated one.
                answers.setdefault(
                    found.account, self._answer(found, f"{digest}:{number}", context)
                )
        if (not answers and unread) or len(unread) > UNREAD_MAX:
            raise FileRefused("the file is no answer of the TIN matching")
        return CheckFileReport(answers=tuple(answers.values()), unread_lines=tuple(unread))

    def _answer(self, line: AnsweredLine, reference: str, context: CallContext) -> CheckAnswer:
        row = CODES[line.code]
        is_match = row.state is CheckState.VERIFIED
        days = self._env.config.valid_days
        return CheckAnswer(
            check_ref=line.account,
            outcome=CheckOutcome(
                state=row.state,
                reasons=(Reason(code=row.code, staff_detail=f"code {line.code}"),)
                if row.code
                else (),
                facts={"tax_number_kind": row.tax_number_kind} if row.tax_number_kind else {},
                evidence=Evidence(source=SOURCE, reference=reference, at=context.now),
                valid_until=context.now.date() + timedelta(days=days) if is_match else None,
                is_for_people=row.kind is CodeKind.AGAIN,
            ),
        )


def _lines(requests: Sequence[CheckRequest]) -> list[str]:
    """Each check once."""
    return [
        line_of(number=number, name=each.subject.name or "", account=each.check_ref)
        for each in {each.check_ref: each for each in requests}.values()
        if (number := each.subject.tax_number) is not None
    ]
