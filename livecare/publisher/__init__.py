"""The publisher process: shows raw and restored frames to subscribers, newest first.

It reads both rings as a reader that nobody waits for, and serves an XPUB socket: part one is the
topic ("raw" or "restored", or a light one), then the message as `livecare.wire` or
`livecare.light_frame` has it. A subscriber that is slow or stopped loses frames by ZeroMQ's
high-water mark and sees the gap in the sequence numbers; nothing else notices. Light frames are
made in a thread of their own, so that plain ones never wait for them.
"""

from livecare.publisher.server import RAW_TOPIC, RESTORED_TOPIC, Publisher, check_endpoint

__all__ = ["RAW_TOPIC", "RESTORED_TOPIC", "Publisher", "check_endpoint"]
