"""Names of runs."""

import datetime as dt
import secrets


def new_run_id() -> str:
    """Return a name for a run: its date and time (UTC), and four random hex digits."""
    now = dt.datetime.now(tz=dt.UTC)
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
