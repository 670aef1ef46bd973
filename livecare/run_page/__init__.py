"""The page of a recording: one HTML file with the run's story, that needs nothing else."""

from livecare.run_page.writing import Written, write_page

__all__ = ["Written", "write_page"]
