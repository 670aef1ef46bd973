"""Guards: whether a restored frame can be believed, judged from it and its raw frame alone.

`GUARDS` says what each guard means; `Guards` reads them frame by frame; `Expectation` is what they
compare with. No engine and no Qt is needed here.
"""

from livecare.guards.examining import Guards
from livecare.guards.expectation import Expectation, TrustStatistics
from livecare.guards.guard import GUARDS, Guard

__all__ = ["GUARDS", "Expectation", "Guard", "Guards", "TrustStatistics"]
