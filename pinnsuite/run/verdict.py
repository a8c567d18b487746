"""Why a run ended: a sentence for the reader, an exit status for the shell."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """The named reason for the end of a run; its value is the sentence that is shown."""

    CONVERGED = "Converged: the requested tolerance was met, or of a fit to data only noise is left."
    BUDGET_USED = "The budget was used: the run did all the steps it was given."
    STALLED = "Stalled: the loss stopped decreasing before the tolerance was met."
    LINE_SEARCH_FAILED = "The line search failed: no acceptable step was found along the search direction."
    TOLERANCE_NOT_MET = "The tolerance was not met: the method ended with a larger error than was asked for."
    FOLDED = "Folded: the moving frame carries different labels to the same place; characteristics are under-resolved."
    CROSSED = "Crossed: characteristics meet, where the notes say, and the solution ends there without diffusion."
    NOT_FINITE = "Not finite: a NaN or an infinity stayed after going back to the last finite state and retrying."
    NOT_IDENTIFIABLE = "Not identifiable: the data do not determine every unknown parameter."
    PREEMPTED = "Preempted: a signal asked the run to stop; its state was saved and it can be resumed."

    @property
    def exit_status(self) -> int:
        """Exit status of the command: 0, 3, 4, 5 or 75. (2 is bad input, which ends before there is a run to judge.)"""
        return _EXIT_STATUS[self]


_EXIT_STATUS = {
    Verdict.CONVERGED: 0,
    Verdict.BUDGET_USED: 0,
    Verdict.STALLED: 3,
    Verdict.LINE_SEARCH_FAILED: 3,
    Verdict.TOLERANCE_NOT_MET: 3,
    Verdict.FOLDED: 3,
    Verdict.CROSSED: 3,
    Verdict.NOT_FINITE: 4,
    Verdict.NOT_IDENTIFIABLE: 5,
    Verdict.PREEMPTED: 75,
}
