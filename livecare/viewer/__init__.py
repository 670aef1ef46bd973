"""The operator's viewer: shows what a run sees, and never holds it up.

`seen`, `styles`, `buffer`, `feed/` and `display/` know nothing of Qt; `picture/`, `panels/` and the
window are the only code of livecare that does.
"""
