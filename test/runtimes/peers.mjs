import { once } from 'node:events';
import net from 'node:net';

const LOOPBACK = '127.0.0.1';
/** The header of version 2, from 192.0.2.1:56324 to 198.51.100.1:443. */
const HEADER = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336401dc0401bb', 'hex');
const BODY = Buffer.from(Array.from({ length: 2 ** 20 }, (_, at) => at % 251));

/**
 * Starts servers on loopback, for a runtime that can but connect.
 *
 * @returns the address of each by name, and what closes them all
 */
export async function startPeers(flight) {
  const watched = [];
  const watch = (socket) => void watched.push(new Promise((resolve) => socket.resume().once('close', resolve)));
  const halves = (early) => (socket) => {
    socket.write(flight.subarray(0, early));
    // Only when it is told to.
    socket.once('data', () => socket.end(flight.subarray(early)));
  };
  const behaviors = {
    async pieces(socket) {
      const all = Buffer.concat([HEADER, flight]);
      for (let at = 0; at < all.length; at += 50) {
        socket.write(all.subarray(at, at + 50));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      socket.end('and what follows');
    },
    large: (socket) => socket.end(Buffer.concat([HEADER, flight, BODY])),
    silence: halves(0),
    half: halves(100),
    truncated: (socket) => socket.end(flight.subarray(0, 100)),
    reset: (socket) => socket.once('data', () => socket.resetAndDestroy()),
    echo: (socket) => socket.pipe(socket),
    watched: (socket) => (watch(socket), socket.write(flight)),
    watchedSilence: (socket) => watch(socket),
    // Says so when the connection that was watched last is closed.
    async closed(socket) {
      await watched.at(-1);
      socket.end('closed');
    },
  };
  const sockets = new Set();
  const servers = [];
  const addresses = {};
  for (const [name, behave] of Object.entries(behaviors)) {
    const server = net.createServer({ allowHalfOpen: name === 'echo', noDelay: true }, (socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
      behave(socket);
    });
    await once(server.listen(0, LOOPBACK), 'listening');
    servers.push(server);
    addresses[name] = `${LOOPBACK}:${server.address().port}`;
  }
  const close = () => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { addresses, close };
}
