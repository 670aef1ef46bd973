"""Puts tests/ on the import path, so that `contracts` can be imported, with plain asserts shown."""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("contracts")

# A shared machine is slow at times, which says nothing about the code; pytest has a time-out.
settings.register_profile("livecare", deadline=None)
settings.load_profile("livecare")
