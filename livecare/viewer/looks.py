"""Knows how every channel looks now: as it was chosen, with contrast that follows the light."""

from dataclasses import replace

from livecare.frame import StreamInfo
from livecare.viewer.display.levels import AutoLevels
from livecare.viewer.seen import ChannelView, SeenFrame, View
from livecare.viewer.styles import CHANNEL_COLOURS, ChannelStyle, Colour, Levels


class Looks:
    """The styles of a stream's channels.

    Attributes
    ----------
    same : bool
        Whether raw and restored are shown with one contrast, the restored one's: what is brighter
        on the one side then is brighter.
    """

    def __init__(self) -> None:
        self.same = True
        self._channels: dict[int, _Channel] = {}
        self._colours: dict[int, Colour] = {}
        self._count = 0

    def update(self, view: View, info: StreamInfo | None) -> tuple[ChannelStyle, ...]:
        """Return each channel's style for what is shown now."""
        self._count = max(len(view.channels), 0 if info is None else len(info.channels))
        return tuple(
            self._channel(index).update(channel, same=self.same)
            for index, channel in enumerate(view.channels)
        )

    def style(self, channel: int) -> ChannelStyle:
        """Return a channel's style as it was last."""
        return self._channel(channel).style

    def choose(self, channel: int, style: ChannelStyle) -> None:
        """Take a style from the operator; its levels count where the contrast is locked."""
        if style.colour != self._channel(channel).style.colour:
            self._colours[channel] = style.colour
        self._channel(channel).choose(style)

    def locked(self, channel: int) -> bool:
        """Tell whether a channel's contrast stays whatever comes."""
        return self._channel(channel).locked

    def lock(self, channel: int, *, locked: bool) -> None:
        """Keep a channel's contrast as it is, or let it follow the light again."""
        self._channel(channel).lock(locked=locked)

    def restart(self) -> None:
        """Measure the contrast of what is not locked anew: other frames come."""
        for channel in self._channels.values():
            channel.restart()

    def _channel(self, index: int) -> "_Channel":
        if index not in self._channels:
            self._channels[index] = _Channel()
        found = self._channels[index]
        several = CHANNEL_COLOURS[index % len(CHANNEL_COLOURS)]
        colour = self._colours.get(index, several if self._count > 1 else "grey")
        shown = found.style.shown or self._count == 1  # the only one has no tick to bring it back
        found.style = replace(found.style, colour=colour, shown=shown)
        return found


class _Channel:
    """One channel's style, and what its contrast follows."""

    def __init__(self) -> None:
        self.style = ChannelStyle()
        self._raw, self._restored = AutoLevels(), AutoLevels()
        self._looked_at: tuple[SeenFrame | None, SeenFrame | None] = (None, None)

    @property
    def locked(self) -> bool:
        return self._raw.locked

    def update(self, view: ChannelView, *, same: bool) -> ChannelStyle:
        before, self._looked_at = self._looked_at, (view.raw, view.restored)
        if view.raw is not None and view.raw is not before[0]:
            self._raw.update(view.raw.pixels)
        if view.restored is not None and view.restored is not before[1]:
            self._restored.update(view.restored.pixels)
        of_restored = view.restored is not None
        if not self.locked:
            shared = self._restored if of_restored else self._raw
            raw, restored = (shared, shared) if same else (self._raw, self._restored)
            self.style = replace(self.style, raw=raw.levels, restored=restored.levels)
        elif same and self.style.raw != self.style.restored:
            levels = self.style.restored if of_restored else self.style.raw
            self._lock_at(levels, levels)
        return self.style

    def choose(self, style: ChannelStyle) -> None:
        if self.locked:
            self._lock_at(style.raw, style.restored)
        present = self.style  # where nothing is locked, a person saw older levels, and chose none
        self.style = replace(style, raw=present.raw, restored=present.restored)

    def lock(self, *, locked: bool) -> None:
        if locked:
            self._lock_at(self.style.raw, self.style.restored)
        else:
            self._raw.unlock()
            self._restored.unlock()

    def _lock_at(self, raw: Levels, restored: Levels) -> None:
        self._raw.lock(raw)
        self._restored.lock(restored)
        self.style = replace(self.style, raw=raw, restored=restored)

    def restart(self) -> None:
        self._raw.restart()
        self._restored.restart()
        self._looked_at = (None, None)
