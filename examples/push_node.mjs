// Send frames to livecare from Node: npm install zeromq @msgpack/msgpack, then
// node push_node.mjs [ENDPOINT] [FRAMES].
import { randomUUID } from "node:crypto";
import { encode } from "@msgpack/msgpack";
import * as zmq from "zeromq";

const endpoint = process.argv[2] ?? "tcp://127.0.0.1:5764";
const frames = Number(process.argv[3] ?? 100);
const run_id = randomUUID(), shape_yx = [256, 256], dtype = "uint16"; // an id for each acquisition

// So many frames wait here, and send waits when there are more; ms that the last may take.
const socket = new zmq.Push({ sendHighWaterMark: 32, linger: 5000 });
socket.connect(endpoint);
const info = {
  run_id, source: "my camera", shape_yx, dtype,
  started_wall_ns: BigInt(Date.now()) * 1_000_000n,
  started_monotonic_ns: process.hrtime.bigint(),
};
const start = encode({ type: "start", schema: 3, info }, { useBigInt64: true });
for (let n = 0; n < frames; n++) {
  if (n % 100 === 0) await socket.send(start); // once is enough, unless livecare restarts
  const image = new Uint16Array(shape_yx[0] * shape_yx[1]); // your camera
  for (let i = 0; i < image.length; i++) image[i] = 100 + ((i * 7 + n) % 50);
  const header = { sequence: n, position: { t: n }, shape_yx, dtype, received_ns: 0 };
  const message = encode({ type: "frame", schema: 3, run_id, header });
  await socket.send([message, Buffer.from(image.buffer)]); // little endian, row by row
}
await socket.send(encode({ type: "end", schema: 3, run_id, ledger: { acquired: frames } }));
socket.close();
