"""The report: one HTML file that needs nothing else, no network and no scripts."""

from livecare.evaluation.report.page import render_report

__all__ = ["render_report"]
