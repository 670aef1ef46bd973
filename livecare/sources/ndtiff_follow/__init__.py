"""An NDTiff data set, followed while Micro-Manager or pycromanager writes it."""

from livecare.sources.ndtiff_follow.finding import check_path
from livecare.sources.ndtiff_follow.settings import NDTiffFollowSettings
from livecare.sources.ndtiff_follow.source import NDTiffFollowSource

__all__ = ["NDTiffFollowSettings", "NDTiffFollowSource", "check_path"]
