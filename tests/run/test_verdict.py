"""Every verdict is a sentence and has its exit status."""

from __future__ import annotations

import pytest

from pinnsuite.run.verdict import Verdict

STATUS = {
    "CONVERGED": 0,
    "BUDGET_USED": 0,
    "STALLED": 3,
    "LINE_SEARCH_FAILED": 3,
    "TOLERANCE_NOT_MET": 3,
    "FOLDED": 3,
    "CROSSED": 3,
    "NOT_FINITE": 4,
    "NOT_IDENTIFIABLE": 5,
    "PREEMPTED": 75,
}


@pytest.mark.parametrize("verdict", Verdict)
def test_verdict_has_a_sentence_and_a_status(verdict: Verdict) -> None:
    assert verdict.value[0].isupper() and verdict.value.endswith(".") and " " in verdict.value
    assert verdict.exit_status == STATUS[verdict.name]


def test_verdict_list_is_complete_and_sentences_differ() -> None:
    assert set(STATUS) == set(Verdict.__members__)
    assert len({verdict.value for verdict in Verdict}) == len(STATUS)
