"""The suite: real recordings with a known truth, and cases that must be recognised.

`docs/evaluation.md` lists what it holds. Nothing here was looked at to tune a model, save the
recordings of nandb's well 1, which may be trained on; well 2 is held out.
"""

from livecare.evaluation.suite.sets import SETS, build_suite

__all__ = ["SETS", "build_suite"]
