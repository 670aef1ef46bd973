"""Single images as they appear in a folder."""

from livecare.sources.folder_watch.folder import check_path
from livecare.sources.folder_watch.settings import FolderWatchSettings
from livecare.sources.folder_watch.source import FolderWatchSource

__all__ = ["FolderWatchSettings", "FolderWatchSource", "check_path"]
