import { connect } from 'cloudflare:sockets';
import { joined, read, text, write } from './smoke.mjs';

const CLIENT = { family: 'IPv4', address: '192.0.2.1', port: 56324 };
const BALANCER = { family: 'IPv4', address: '198.51.100.1', port: 443 };

/**
 * What `preread/web` makes of the sockets of workerd: of those that it opens, to the servers of peers.mjs, and of those
 * that `relayed` below is given.
 */
export async function sockets({ preread, web }, [{ flight, serverName }], { peers, inbound }, check, equal, sameBytes) {
  const { prereadStream } = web;
  const header = preread.encodeProxyV2({ source: CLIENT, destination: BALANCER });
  const half = flight.subarray(0, 100);
  const payload = joined(flight, Uint8Array.from({ length: 2 ** 20 }, (_, at) => at % 251));

  await check('sockets of workerd: a PROXY header and a hello, in pieces', () =>
    connected(peers.pieces, async (socket) => {
      const all = joined(header, flight, text('and what follows'));
      const answer = await prereadStream(socket.readable, { proxy: 'require' });
      equal([answer.status, answer.value?.protocol, answer.value?.host], ['complete', 'tls', serverName], 'answer');
      equal([answer.ended, answer.proxy?.source, answer.proxy?.destination], [undefined, CLIENT, BALANCER], 'proxy');
      sameBytes(answer.bytes, all.subarray(0, answer.bytes.length), 'bytes');
      sameBytes(await read(answer.readable), all.subarray(header.length), 'readable');
    }),
  );
  await check('sockets of workerd: a megabyte to another and back', () =>
    connected(peers.large, (socket) =>
      connected(peers.echo, async (other) => {
        const answer = await prereadStream(socket.readable, { proxy: 'require' });
        equal([answer.value?.host, answer.ended], [serverName, undefined], 'answer');
        const [returned] = await Promise.all([read(other.readable), answer.readable.pipeTo(other.writable)]);
        sameBytes(returned, payload, 'what comes back');
      }),
    ),
  );
  // What comes before the deadline has time enough to come.
  for (const [what, peer, early, timeout] of [['silence', peers.silence, 0, 50], ['half a hello', peers.half, 100, 300]]) {
    await check(`sockets of workerd: ${what}, the deadline, and what comes after it`, () =>
      connected(peer, async (socket) => {
        const answer = await prereadStream(socket.readable, { timeout });
        const [protocol, code] = early === 0 ? ['silent'] : [undefined, 'tls.client_hello.truncated'];
        equal([answer.value?.protocol, answer.code, answer.ended], [protocol, code, 'timeout'], 'answer');
        sameBytes(answer.bytes, flight.subarray(0, early), 'bytes');
        await say(socket, text('go on'));
        sameBytes(await read(answer.readable), flight, 'readable');
      }),
    );
  }
  for (const [what, peer, timeout, ended] of [
    ['an answer', peers.watched],
    ['the deadline', peers.watchedSilence, 50, 'timeout'],
  ]) {
    // Cancelling alone does not close a socket here.
    await check(`sockets of workerd: cancelled after ${what}, and closed`, () =>
      connected(peer, async (socket) => {
        const answer = await prereadStream(socket.readable, { timeout });
        equal(answer.ended, ended, 'ended');
        await answer.readable.cancel();
        await socket.close();
        await connected(peers.closed, async ({ readable }) => {
          sameBytes(await read(readable), text('closed'), 'what the peer says');
        });
      }),
    );
  }
  await check('sockets of workerd: an early end', () =>
    connected(peers.truncated, async (socket) => {
      const answer = await prereadStream(socket.readable);
      equal([answer.code, answer.ended], ['tls.client_hello.truncated', 'end'], 'answer');
      sameBytes(await read(answer.readable), half, 'readable');
    }),
  );
  await check('sockets of workerd: a reset', () =>
    connected(peers.reset, async (socket) => {
      const answering = prereadStream(socket.readable);
      await say(socket, text('go on'));
      const answer = await answering;
      equal([answer.value?.protocol, answer.ended, answer.error instanceof Error], ['silent', 'reset', true], 'answer');
      const failure = await read(answer.readable).catch((error) => error);
      equal(failure === answer.error, true, `the error, not ${failure}`);
    }),
  );

  await check('sockets that workerd is given: a megabyte behind a PROXY header, to another and back', () =>
    connected(inbound.behindBalancer, async (socket) => {
      const writing = write(socket.writable, [joined(header, payload)]);
      const { status, host, ended, source } = await answerOf(socket);
      equal([status, host, ended, source], ['complete', serverName, undefined, CLIENT], 'answer');
      const [returned] = await Promise.all([read(socket.readable), writing]);
      sameBytes(returned, payload, 'what comes back');
    }),
  );
  await check('sockets that workerd is given: silence, the deadline, and what comes after it', () =>
    connected(inbound.hasty, async (socket) => {
      const { protocol, ended } = await answerOf(socket);
      equal([protocol, ended], ['silent', 'timeout'], 'answer');
      const [returned] = await Promise.all([read(socket.readable), write(socket.writable, [flight])]);
      sameBytes(returned, flight, 'what comes back');
    }),
  );
  await check('sockets that workerd is given: an early end', () =>
    connected(inbound.behindBalancer, async (socket) => {
      await write(socket.writable, [header, half]);
      const { code, ended, source } = await answerOf(socket);
      equal([code, ended, source], ['tls.client_hello.truncated', 'end', CLIENT], 'answer');
      sameBytes(await read(socket.readable), half, 'what comes back');
    }),
  );

  /** Connects, and closes whatever happens. */
  async function connected(address, body) {
    const socket = connect(address);
    // Of the same failure as the streams.
    socket.closed.catch(() => {});
    try {
      await body(socket);
    } finally {
      await socket.close().catch(() => {});
    }
  }
}

/** A handler that says what the answer is, in a line, and relays to what gives it back. */
export function relayed({ prereadStream }, options) {
  return async (socket, { addresses }) => {
    const answer = await prereadStream(socket.readable, options);
    const { status, code, value, ended, proxy } = answer;
    const { protocol, host } = value ?? {};
    await say(socket, text(`${JSON.stringify({ status, code, protocol, host, ended, source: proxy?.source })}\n`));
    const upstream = connect(addresses.peers.echo);
    await Promise.all([answer.readable.pipeTo(upstream.writable), upstream.readable.pipeTo(socket.writable)]);
  };
}

/** What such a handler says, and no byte of what comes after it. */
async function answerOf({ readable }) {
  const reader = readable.getReader({ mode: 'byob' });
  let line = '';
  while (!line.endsWith('\n')) {
    const { done, value } = await reader.read(new Uint8Array(1));
    if (done) throw new Error(`an end after ${line}`);
    line += String.fromCharCode(...value);
  }
  reader.releaseLock();
  return JSON.parse(line);
}

async function say({ writable }, bytes) {
  const writer = writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}
