/** The router as a program: it listens, and tells whoever started it what it costs. See router-process.ts. */
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRouter } from './router.ts';
import type { Message, Question, Tables } from './router-process.ts';

const tell = (message: Message): void => void process.send!(message);
process.on('uncaughtException', (error) => tell({ fault: error.stack ?? String(error) }));
process.on('unhandledRejection', (reason) => tell({ fault: `rejected: ${String(reason)}` }));
process.on('disconnect', () => process.exit());

const slowdown = Number(process.argv[3]);
const { setTimeout } = globalThis;
globalThis.setTimeout = Object.assign(
  (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds * slowdown),
  setTimeout,
);

const { tls, http1 } = JSON.parse(process.argv[2]!) as Tables;
const tables = { tls: new Map(Object.entries(tls)), http1: new Map(Object.entries(http1)) };
const outcomes = new Map<string, number>();
const server = createRouter(tables, (answer, backend) => {
  const what = answer.status === 'malformed' ? answer.code : backend === undefined ? answer.value.protocol : 'routed';
  const key = answer.ended === undefined ? what : `${what}, ${answer.ended}`;
  outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
});

const sockets = new Set<Socket>();
server.on('connection', (socket: Socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});

let peak = 0;
setInterval(() => {
  peak = Math.max(peak, memory().used);
}, 20);

/** `external` has the bytes of all array buffers in it. */
function memory(): { used: number; rss: number } {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, rss };
}

process.on('message', async ({ id, collect }: Question) => {
  if (collect) {
    // The first round runs finalizers that let go of more.
    for (let round = 0; round < 3; round++) {
      gc!();
      await nextTurn();
    }
  }
  let received = 0;
  for (const socket of sockets) received += socket.bytesRead;
  const { used, rss } = memory();
  peak = Math.max(peak, used);
  const connections = sockets.size;
  tell({ id, state: { connections, received, used, rss, peak, outcomes: Object.fromEntries(outcomes) } });
  peak = 0;
});

server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
