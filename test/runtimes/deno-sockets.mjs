import { chunksOf, joined, read, sleep, text } from './smoke.mjs';

const LOOPBACK = '127.0.0.1';
const CLIENT = { family: 'IPv4', address: '192.0.2.1', port: 56324 };
const BALANCER = { family: 'IPv4', address: '198.51.100.1', port: 443 };

/** What `preread/web` makes of the connections of Deno, on loopback. */
export async function sockets({ preread, web }, [{ flight, serverName }], check, equal, sameBytes) {
  const { prereadStream } = web;
  const header = preread.encodeProxyV2({ source: CLIENT, destination: BALANCER });
  const half = flight.subarray(0, 100);

  await check('connections of Deno: a PROXY header and a hello, in pieces', () =>
    connected(async (client, connection) => {
      const all = joined(header, flight, text('and what follows'));
      const writing = (async () => {
        for (const piece of chunksOf(all, 50)) {
          await writeAll(client, piece);
          await sleep(1);
        }
        client.closeWrite();
      })();
      ignoreFailure(writing);
      const answer = await prereadStream(connection.readable, { proxy: 'require' });
      equal([answer.status, answer.value?.protocol, answer.value?.host], ['complete', 'tls', serverName], 'answer');
      equal([answer.ended, answer.proxy?.source, answer.proxy?.destination], [undefined, CLIENT, BALANCER], 'proxy');
      sameBytes(answer.bytes, all.subarray(0, answer.bytes.length), 'bytes');
      const [rest] = await Promise.all([read(answer.readable), writing]);
      sameBytes(rest, all.subarray(header.length), 'readable');
    }),
  );
  await check('connections of Deno: a megabyte to a backend and back', () =>
    connected((client, connection) =>
      connected(async (upstream, backend) => {
        const payload = joined(flight, Uint8Array.from({ length: 2 ** 20 }, (_, at) => at % 251));
        const sending = writeAll(client, joined(header, payload));
        ignoreFailure(sending);
        const answer = await prereadStream(connection.readable, { proxy: 'require' });
        equal([answer.value?.host, answer.ended], [serverName, undefined], 'answer');
        const relaying = Promise.all([
          answer.readable.pipeTo(upstream.writable),
          upstream.readable.pipeTo(connection.writable),
        ]);
        // Each end waits until the other has it all: Deno closes both ways when one ends.
        ignoreFailure(relaying);
        const received = await readExactly(backend, payload.length);
        await sending;
        sameBytes(received, payload, 'what the backend receives');
        const [returned] = await Promise.all([readExactly(client, received.length), writeAll(backend, received)]);
        sameBytes(returned, payload, 'what the client receives');
        backend.close();
        equal(await client.read(new Uint8Array(1)), null, 'the end of the backend, for the client');
      }),
    ),
  );
  // What comes before the deadline has time enough to come.
  for (const [what, early, timeout] of [['silence', new Uint8Array(), 50], ['half a hello', half, 300]]) {
    await check(`connections of Deno: ${what}, the deadline, and what comes after it`, () =>
      connected(async (client, connection) => {
        await writeAll(client, early);
        const answer = await prereadStream(connection.readable, { timeout });
        const [protocol, code] = early.length === 0 ? ['silent'] : [undefined, 'tls.client_hello.truncated'];
        equal([answer.value?.protocol, answer.code, answer.ended], [protocol, code, 'timeout'], 'answer');
        await writeAll(client, flight.subarray(early.length));
        client.closeWrite();
        sameBytes(await read(answer.readable), flight, 'readable');
      }),
    );
  }
  for (const [what, early, timeout, ended] of [['an answer', flight], ['the deadline', half, 50, 'timeout']]) {
    await check(`connections of Deno: cancelled after ${what}`, () =>
      connected(async (client, connection) => {
        await writeAll(client, early);
        const answer = await prereadStream(connection.readable, { timeout });
        equal(answer.ended, ended, 'ended');
        await answer.readable.cancel();
        equal(await client.read(new Uint8Array(1)), null, 'what the client reads');
      }),
    );
  }
  await check('connections of Deno: aborted', () =>
    connected(async (client, connection) => {
      const why = new RangeError('stop');
      const aborting = new AbortController();
      setTimeout(() => aborting.abort(why), 10);
      const answering = prereadStream(connection.readable, { signal: aborting.signal });
      equal(await answering.then(() => 'an answer', (error) => error === why), true, 'the reason');
      equal(await client.read(new Uint8Array(1)), null, 'what the client reads');
    }),
  );
  await check('connections of Deno: an early end', () =>
    connected(async (client, connection) => {
      await writeAll(client, half);
      client.closeWrite();
      const answer = await prereadStream(connection.readable);
      equal([answer.code, answer.ended], ['tls.client_hello.truncated', 'end'], 'answer');
      sameBytes(await read(answer.readable), half, 'readable');
    }),
  );
  await check('connections of Deno: a reset', async () => {
    const { connect } = await import('node:net');
    const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
    const client = connect(listener.addr.port, LOOPBACK).on('error', () => {});
    const connection = await listener.accept();
    listener.close();
    setTimeout(() => client.resetAndDestroy(), 10);
    const answer = await prereadStream(connection.readable);
    equal([answer.value?.protocol, answer.ended, answer.error?.name], ['silent', 'reset', 'ConnectionReset'], 'answer');
    const failure = await read(answer.readable).catch((error) => error);
    equal(failure === answer.error, true, `the error, not ${failure}`);
  });

  /** Has two ends of a connection, and closes both whatever happens. */
  async function connected(body) {
    const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
    const ends = await Promise.all([Deno.connect({ hostname: LOOPBACK, port: listener.addr.port }), listener.accept()]);
    listener.close();
    try {
      await body(...ends);
    } finally {
      for (const end of ends) closeAnyway(end);
    }
  }
  function closeAnyway(connection) {
    try {
      connection.close();
    } catch (error) {
      // A stream that ended has closed it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
  /** Of what is awaited later, if at all: Deno ends where nobody does. */
  function ignoreFailure(promise) {
    promise.catch(() => {});
  }
  async function writeAll(connection, bytes) {
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
  }
  async function readExactly(connection, length) {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const count = await connection.read(bytes.subarray(at));
      if (count === null) throw new Error(`an end after ${at} of ${length} bytes`);
      at += count;
    }
    return bytes;
  }
}
