import { chunksOf, joined, text } from './smoke.mjs';

const LOOPBACK = '127.0.0.1';
const BALANCER = { family: 'IPv4', address: '198.51.100.1', port: 443 };

/** What `createPreread` makes of the sockets of Bun, whose bytes come by callback, on loopback. */
export async function sockets({ preread }, hellos, check, equal, sameBytes) {
  const { createPreread, encodeProxyV2 } = preread;
  const [{ flight, serverName }] = hellos;
  const clientOf = (at) => ({ family: 'IPv4', address: '192.0.2.1', port: 50_000 + at });
  const headerOf = (at) => encodeProxyV2({ source: clientOf(at), destination: BALANCER });

  await check('sockets of Bun: PROXY headers and hellos in pieces, of many at once', () =>
    serve({ proxy: 'require' }, async (join) => {
      const clients = await Promise.all(
        hellos.map(async (hello, at) => ({ ...hello, ...(await join()), all: joined(headerOf(at), hello.flight) })),
      );
      for (let at = 0; clients.some(({ all }) => at < all.length); at += 100) {
        await Promise.all(clients.map(({ send, all }) => send(all.subarray(at, at + 100))));
      }
      for (const [at, { accepted, all, serverName }] of clients.entries()) {
        const { parser, outcome, pushed } = accepted;
        equal(pushed, Math.ceil(all.length / 100), 'pushed');
        equal([outcome.status, outcome.value?.protocol, outcome.value?.host], ['complete', 'tls', serverName], 'outcome');
        equal([parser.proxy?.source, parser.proxy?.destination], [clientOf(at), BALANCER], 'proxy');
        sameBytes(parser.bytes, all, 'bytes');
      }
    }),
  );
  await check('sockets of Bun: what is to be forwarded', () =>
    serve({ proxy: 'require' }, async (join) => {
      const { accepted, send } = await join();
      const payload = joined(flight, Uint8Array.from({ length: 200_000 }, (_, at) => at % 251));
      for (const chunk of chunksOf(joined(headerOf(0), payload), 7000)) await send(chunk);
      const { parser, rest } = accepted;
      sameBytes(joined(parser.bytes.subarray(parser.payloadOffset), ...rest), payload, 'payload');
    }),
  );
  for (const [what, bytes, options, expected] of [
    ['noise', Uint8Array.from({ length: 64 }, (_, at) => 255 - ((at * 29) % 256)), {}, { status: 'complete', protocol: 'unknown' }],
    ['a record of nothing', Uint8Array.of(22, 3, 1, ...new Array(13).fill(0)), {}, { status: 'malformed', code: 'tls.record.empty' }],
    ['no header', text('GET /'), { proxy: 'require' }, { status: 'malformed', code: 'preread.proxy.missing' }],
  ]) {
    await check(`sockets of Bun: ${what}`, () =>
      serve(options, async (join) => {
        const { accepted, send, isOver } = await join();
        await send(bytes);
        const { status, code, value } = accepted.outcome;
        equal({ status, code, protocol: value?.protocol }, { ...expected }, 'outcome');
        equal(await isOver, '', 'what the client is told');
      }),
    );
  }
  for (const [what, bytes, options, expected] of [
    ['half a hello', flight.subarray(0, 100), {}, { status: 'malformed', code: 'tls.client_hello.truncated' }],
    ['a header', headerOf(0), { proxy: 'require' }, { status: 'complete', protocol: 'silent' }],
    ['nothing', new Uint8Array(), {}, { status: 'complete', protocol: 'silent' }],
  ]) {
    await check(`sockets of Bun: the end behind ${what}`, () =>
      serve(options, async (join) => {
        const { client, accepted, send, isOver } = await join();
        await send(bytes);
        equal(accepted.outcome?.status ?? 'incomplete', 'incomplete', 'status');
        client.shutdown();
        equal(await isOver, 'goodbye', 'what the client is told');
        const { status, code, value } = accepted.outcome;
        equal({ status, code, protocol: value?.protocol }, { ...expected }, 'outcome');
        sameBytes(accepted.parser.bytes, bytes, 'bytes');
      }),
    );
  }
  await check('sockets of Bun: a reset', () =>
    serve({}, async (join) => {
      const { client, accepted, send } = await join();
      await send(flight.subarray(0, 100));
      client.terminate();
      equal((await accepted.isClosed)?.code, 'ECONNRESET', 'what it is closed with');
      // Nothing has said that it ended.
      equal(accepted.outcome?.status, 'incomplete', 'status');
      equal(accepted.parser.end().code, 'tls.client_hello.truncated', 'at the end');
    }),
  );

  /** Listens as the README has it, and has clients join; ends all of them whatever happens. */
  async function serve(options, body) {
    const waiting = [];
    const clients = [];
    const server = Bun.listen({
      hostname: LOOPBACK,
      port: 0,
      allowHalfOpen: true,
      socket: {
        open(socket) {
          const closing = Promise.withResolvers();
          socket.data = { parser: createPreread(options), isDecided: false, pushed: 0, rest: [], received: 0, closing };
          socket.data.isClosed = closing.promise;
          waiting.shift()(socket.data);
        },
        data(socket, chunk) {
          const { data } = socket;
          // A copy: slice() of a Buffer is none.
          if (data.isDecided) data.rest.push(Uint8Array.from(chunk));
          else {
            data.outcome = data.parser.push(chunk);
            data.pushed++;
            data.isDecided = data.outcome.status !== 'incomplete';
            const { status, value } = data.outcome;
            if (status === 'malformed' || value?.protocol === 'unknown') socket.end();
          }
          data.received += chunk.length;
          // As a Bun that reads into the same memory again would.
          chunk.fill(0);
          data.onReceived?.();
        },
        end(socket) {
          const { data } = socket;
          if (!data.isDecided) data.outcome = data.parser.end();
          socket.end('goodbye');
        },
        close({ data }, error) {
          data.closing.resolve(error);
        },
      },
    });
    // One after the other, so that each is told which connection is its own.
    let joining = Promise.resolve();
    const join = () => (joining = joining.then(connect));
    async function connect() {
      const accepting = new Promise((resolve) => waiting.push(resolve));
      const over = Promise.withResolvers();
      let told = '';
      const client = await Bun.connect({
        hostname: LOOPBACK,
        port: server.port,
        allowHalfOpen: true,
        socket: { data: (_, chunk) => void (told += String(chunk)), close: () => over.resolve(told) },
      });
      clients.push(client);
      const accepted = await accepting;
      /** Until it is received, so that no two are one. */
      const send = async (bytes) => {
        if (bytes.length === 0) return;
        const until = accepted.received + bytes.length;
        equal(client.write(bytes), bytes.length, 'written');
        while (accepted.received < until) await new Promise((resolve) => (accepted.onReceived = resolve));
      };
      return { client, accepted, send, isOver: over.promise };
    }
    try {
      await body(join);
    } finally {
      for (const client of clients) client.terminate();
      server.stop(true);
    }
  }
}
