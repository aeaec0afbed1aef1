"""Where a process ends: nothing more can be done, the file stays readable."""

from core.kernel.stage import StageType

ENDED = StageType("ended", "办结", kind=None, ends=True)
