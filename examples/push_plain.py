"""Send frames to livecare without livecare: python push_plain.py [ENDPOINT] [FRAMES]."""

import random
import sys
import time
import uuid

import msgpack
import zmq

endpoint = sys.argv[1] if sys.argv[1:] else "tcp://127.0.0.1:5764"
frames = int(sys.argv[2]) if sys.argv[2:] else 100
run_id, shape_yx, dtype = uuid.uuid4().hex, [256, 256], "uint16"  # an id for each acquisition
camera = random.Random(0)

socket = zmq.Context.instance().socket(zmq.PUSH)
socket.setsockopt(zmq.SNDHWM, 32)  # so many frames wait here; send blocks when there are more
socket.setsockopt(zmq.LINGER, 5000)  # ms that the last frames may take
socket.connect(endpoint)
info = {"run_id": run_id, "source": "my camera", "shape_yx": shape_yx, "dtype": dtype}
info |= {"started_wall_ns": time.time_ns(), "started_monotonic_ns": time.perf_counter_ns()}
start = msgpack.packb({"type": "start", "schema": 3, "info": info})
for n in range(frames):
    if n % 100 == 0:
        socket.send(start)  # once is enough, unless livecare is started again in between
    image = camera.randbytes(2 * 256 * 256)  # your camera's pixels, row by row, little-endian
    header = {"sequence": n, "position": {"t": n}, "received_ns": 0}
    header |= {"shape_yx": shape_yx, "dtype": dtype}
    message = {"type": "frame", "schema": 3, "run_id": run_id, "header": header}
    socket.send_multipart([msgpack.packb(message), image])
end = {"type": "end", "schema": 3, "run_id": run_id, "ledger": {"acquired": frames}}
socket.send(msgpack.packb(end))
socket.close()
zmq.Context.instance().term()  # waits for the last frames
