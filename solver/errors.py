"""The errors a user meets, with the exit code of each."""


class PlanishError(Exception):
    """A message for the user: one line, no traceback. `exit_code` is what the command returns."""

    exit_code = 1


class CaseError(PlanishError):
    """The case file (or an override of it) is wrong; the message names file, line, key, value, rule."""

    exit_code = 2


class NotConvergedError(PlanishError):
    """A solve did not converge; the message says at which step and iteration."""

    exit_code = 3


class UnsuitableError(NotConvergedError):
    """The preconditioner does not suit the problem; another method may."""
