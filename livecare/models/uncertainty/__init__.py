"""What a model says of its own errors: its intervals, how they are kept, draws from them."""

from livecare.models.uncertainty.intervals import Intervals

__all__ = ["Intervals"]
