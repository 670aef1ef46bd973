"""livecare: live restoration of low-light microscopy beside the microscope."""

__version__ = "0.1.0"
