/**
 * nginx, which reads both versions and writes version 1. Where it and the decoder disagree, there is a reason. All of
 * it is pinned for version 1.22, that of Debian 12.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decodeProxyHeader, encodeProxyV1, encodeProxyV2, encodeTlv } from 'preread/proxy';
import type { ProxyCode, ProxyHeader } from 'preread/proxy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes, concat } from '../vectors/build.ts';
import { compare, compareGenerated, ipv4, ipv6, mixed, partialHeaders, printed } from './proxy-headers.ts';
import { REQUEST, respelled, titled, verdict } from './proxy-headers.ts';
import type { Other, Taken } from './proxy-headers.ts';
import { freePort, hex, listenForHeaders, queue, say } from './proxy-listener.ts';
import type { HeaderListener, Loopback, Place } from './proxy-listener.ts';
import { describeWith, makeFolder, nginxStreamModule } from './programs.ts';
import type { Started } from './programs.ts';
import { nginxFolders, startNginx } from './servers.ts';

const endpoints = '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port';

describeWith(['nginx', nginxStreamModule], 'nginx accepts', () => {
  let folder: string;
  let remove = (): void => {};
  let nginx: Started;
  let http: Record<Loopback, number>;
  let stream: Record<Loopback, number>;

  beforeAll(async () => {
    ({ folder, remove } = makeFolder());
    nginx = await startNginx(folder, async () => {
      http = { '127.0.0.1': await freePort(), '::1': await freePort('::1') };
      stream = { '127.0.0.1': await freePort(), '::1': await freePort('::1') };
      return `
        http {
          access_log off;
          error_log /dev/null crit;
          ${nginxFolders}
          server {
            listen 127.0.0.1:${http['127.0.0.1']} proxy_protocol;
            listen [::1]:${http['::1']} proxy_protocol;
            listen unix:${join(folder, 'http.sock')} proxy_protocol;
            return 200 "|${endpoints}|";
          }
        }
        stream {
          error_log /dev/null crit;
          server {
            listen 127.0.0.1:${stream['127.0.0.1']} proxy_protocol;
            listen [::1]:${stream['::1']} proxy_protocol;
            listen unix:${join(folder, 'stream.sock')} proxy_protocol;
            return "|${endpoints}|";
          }
        }`;
    });
  });
  afterAll(async () => {
    await nginx?.stop();
    remove();
  });

  interface Answer extends Taken {
    readonly read: string | undefined;
  }

  async function ask(place: Place, sent: Uint8Array): Promise<Answer> {
    const { reply } = await say(place, sent);
    return { accepted: reply !== '', read: /\|(.*)\|$/.exec(reply)?.[1] };
  }

  /** Expects that nginx read the same in a header that it took. */
  function expectSame({ read }: Answer, header: ProxyHeader): void {
    const isTcp = header.transport === 'stream' && header.source?.family !== 'unix';
    expect(read).toBeDefined();
    if (isTcp) expect(respelled(read!)).toBe(printed(header));
    else expect(read!.trim()).toBe('');
  }

  // In quotation marks: the words of the PROXY protocol, with their section in front.
  const reasons = {
    address:
      '2.1: "the advertised protocol family dictates what format to use"; nginx takes any hex digits, dots and colons',
    zeros: '2.1: "heading zeroes are not permitted in front of numbers"',
    tooLong: '2.1: invalid without CRLF "in the first 107 characters"; nginx looks as far as its buffer goes',
    word: '2.1: "exactly one space" behind UNKNOWN; nginx looks for the CRLF only',
    command: '2.2: "receivers must drop connections" with other commands; nginx takes them for LOCAL',
    unassigned: '2.2: other values "must be rejected as invalid by receivers"; nginx takes them for UNSPEC',
    unknown: '2.2: of what a receiver "does not implement" it needs the length alone, as nginx of all but TCP',
    skipped:
      '2.2: "a receiver may choose to skip over and ignore those bytes": nginx 1.22 does with all TLVs, the checksum too',
    buffer:
      '2: "fit in the smallest TCP segment"; nginx reads a header into client_header_buffer_size, 1k, and in stream ' +
      'into 107 bytes',
  };

  /** As `ngx_proxy_protocol_read` of 1.22 does with what its buffer holds. */
  function takes(sent: Uint8Array, room: number): boolean {
    const text = Buffer.from(sent.subarray(0, room)).toString('latin1');
    if (sent.length >= 16 && text.startsWith('\r\n\r\n\0\r\nQUIT\n')) {
      const [verCmd, fam, high, low] = sent.subarray(12, 16);
      const length = (high! << 8) | low!;
      const least = verCmd !== 0x21 ? 0 : fam === 0x11 ? 12 : fam === 0x21 ? 36 : 0;
      return verCmd! >> 4 === 2 && length >= least && 16 + length <= text.length;
    }
    const ports = /^PROXY TCP[46] [\d.:a-fA-F]* [\d.:a-fA-F]* (\d+) (\d+)\r\n/.exec(text)?.slice(1);
    return /^PROXY UNKNOWN[^]*?\r\n/.test(text) || ports?.every((port) => Number(port) <= 0xffff) === true;
  }

  /** Why nginx takes what is refused here with this code. */
  const lenient: Partial<Record<ProxyCode, string>> = {
    'proxy.v1.source_address': reasons.address,
    'proxy.v1.destination_address': reasons.address,
    'proxy.v1.source_port': reasons.zeros,
    'proxy.v1.destination_port': reasons.zeros,
    'proxy.v1.length': reasons.tooLong,
    'proxy.v1.protocol': reasons.word,
    'proxy.v1.crlf': reasons.word,
    'proxy.v2.command': reasons.command,
    'proxy.v2.family': reasons.unassigned,
    'proxy.v2.transport': reasons.unassigned,
    'proxy.v2.length': reasons.unknown,
    'proxy.v2.crc32c': reasons.skipped,
    'proxy.tlv.length': reasons.skipped,
    'proxy.crc32c.length': reasons.skipped,
    'proxy.crc32c.duplicate': reasons.skipped,
    'proxy.unique_id.length': reasons.skipped,
    'proxy.ssl.length': reasons.skipped,
  };

  /** nginx where it serves HTTP, or hands on streams. */
  function served(as: 'http' | 'stream'): Other<Answer> {
    const room = as === 'http' ? 1024 : 107;
    return {
      // In stream it answers at once, and would reset the connection over bytes that it has not read.
      behind: as === 'http' ? REQUEST : bytes(),
      ask: (sent) => ask({ host: '127.0.0.1', port: (as === 'http' ? http : stream)['127.0.0.1'] }, sent),
      takes: (sent) => takes(sent, room),
      expectSame,
      reasonFor(outcome) {
        if (outcome.status === 'complete') return outcome.size > room ? reasons.buffer : undefined;
        return outcome.status === 'malformed' ? lenient[outcome.code] : undefined;
      },
    };
  }

  describe.each(['http', 'stream'] as const)('in %s', (as) => {
    test.each(titled(served(as)))('%s', async (_, { bytes: header, ours }) => {
      if (as === 'http') expect(verdict(decodeProxyHeader(bytes(header, REQUEST)))).toBe(ours);
      await compare(served(as), header);
    });

    test('generated headers, and changed ones: the same answer, or there is a reason', { timeout: 120_000 }, async () => {
      const compared = await compareGenerated(served(as), 0x2711, 4000);
      // None of the reasons is there for nothing. What is too long for a line is too long for the buffer of stream.
      const expected = Object.values(reasons).filter((reason) => as === 'http' || reason !== reasons.tooLong);
      expect(Object.keys(compared.differences).sort()).toEqual(expected.sort());
    });
  });

  // 2: "The receiver may be tolerant to partial headers or may simply drop the connection", and tolerance is
  // recommended: nginx looks once.
  const partial = partialHeaders.map((one) => [one.title, one.bytes] as const);
  test.each(partial)('%s: waits here, refused there', async (_, header) => {
    expect(verdict(decodeProxyHeader(header))).toBe('incomplete');
    for (const { '127.0.0.1': port } of [http, stream]) {
      expect((await say({ host: '127.0.0.1', port }, header, false)).reply).toBe('');
    }
  });

  const good: [string, Uint8Array][] = [
    ['v1, TCP4', encodeProxyV1(ipv4)],
    ['v1, TCP6', encodeProxyV1(ipv6)],
    ['v1, mixed families', encodeProxyV1(mixed)],
    ['v1, UNKNOWN', encodeProxyV1({})],
    ['v2, IPv4', encodeProxyV2(ipv4, { crc32c: true })],
    ['v2, IPv6', encodeProxyV2(ipv6, { crc32c: true, alignment: 64 })],
    ['v2, mixed families', encodeProxyV2(mixed)],
    ['v2, datagram', encodeProxyV2({ ...ipv4, transport: 'datagram' })],
    ['v2, LOCAL', encodeProxyV2({ command: 'LOCAL' })],
    ['v2, UNSPEC', encodeProxyV2({})],
  ];

  describe.each(['127.0.0.1', '::1', 'UNIX'] as const)('over %s', (host) => {
    test.each(good)('%s, in http and in stream', async (_, header) => {
      const outcome = decodeProxyHeader(header);
      if (outcome.status !== 'complete') throw new Error(outcome.status);
      const place = (ports: Record<Loopback, number>, socket: string): Place =>
        host === 'UNIX' ? { path: join(folder, socket) } : { host, port: ports[host] };
      expectSame(await ask(place(http, 'http.sock'), bytes(header, REQUEST)), outcome.value);
      // It answers at once, and would reset the connection over bytes that it has not read.
      expectSame(await ask(place(stream, 'stream.sock'), header), outcome.value);
    });
  });

  test('in stream, 107 bytes and no more: enough for version 1, but not for TLVs', async () => {
    const place: Place = { host: '127.0.0.1', port: stream['127.0.0.1'] };
    const padded = (size: number): Uint8Array =>
      encodeProxyV2({ ...ipv6, tlvs: [encodeTlv({ name: 'noop', value: new Uint8Array(size - 52 - 3) })] });
    expect(await ask(place, padded(107))).toMatchObject({ accepted: true });
    expect(await ask(place, padded(108))).toMatchObject({ accepted: false });
    expect(decodeProxyHeader(padded(108))).toMatchObject({ status: 'complete', size: 108 });
  });
});

describeWith(['nginx', nginxStreamModule], 'nginx sends', () => {
  let folder: string;
  let remove = (): void => {};
  let nginx: Started;
  let backend: HeaderListener;
  let unixBackend: HeaderListener;
  let raw: Receiver;
  let datagrams: Receiver;
  let toTcp: Record<Loopback, number>;
  let toUnix: Record<Loopback, number>;
  let real: Record<Loopback, number>;
  let udp: { each: number; session: number; '::1': number };

  beforeAll(async () => {
    ({ folder, remove } = makeFolder());
    const path = join(folder, 'backend.sock');
    backend = await listenForHeaders('127.0.0.1');
    unixBackend = await listenForHeaders({ path });
    raw = await receiveConnections();
    datagrams = await receiveDatagrams();
    const both = async (): Promise<Record<Loopback, number>> => ({
      ...{ '127.0.0.1': await freePort(), '::1': await freePort('::1') },
    });
    nginx = await startNginx(folder, async () => {
      [toTcp, toUnix, real] = [await both(), await both(), await both()];
      udp = {
        ...{ each: await freeUdpPort('127.0.0.1'), session: await freeUdpPort('127.0.0.1') },
        '::1': await freeUdpPort('::1'),
      };
      return `
        stream {
          proxy_protocol on;
          server {
            listen 127.0.0.1:${toTcp['127.0.0.1']};
            listen [::1]:${toTcp['::1']};
            listen unix:${join(folder, 'tcp.sock')};
            proxy_pass 127.0.0.1:${backend.port};
          }
          server {
            listen 127.0.0.1:${toUnix['127.0.0.1']};
            listen [::1]:${toUnix['::1']};
            proxy_pass unix:${path};
          }
          server {
            listen 127.0.0.1:${real['127.0.0.1']} proxy_protocol;
            listen [::1]:${real['::1']} proxy_protocol;
            set_real_ip_from 127.0.0.1;
            set_real_ip_from ::1;
            proxy_pass 127.0.0.1:${raw.port};
          }
          server {
            listen 127.0.0.1:${udp.each} udp;
            listen [::1]:${udp['::1']} udp;
            proxy_requests 1;
            proxy_pass 127.0.0.1:${datagrams.port};
          }
          server {
            listen 127.0.0.1:${udp.session} udp;
            proxy_pass 127.0.0.1:${datagrams.port};
          }
        }`;
    });
  });
  afterAll(async () => {
    await nginx?.stop();
    for (const receiver of [backend, unixBackend, raw, datagrams]) await receiver?.close();
    remove();
  });

  describe.each(['127.0.0.1', '::1'] as const)('for a client at %s', (host) => {
    test.each(['TCP', 'UNIX'])('to a %s backend: its address and port, and what it connected to', async (to) => {
      const [ports, listener] = to === 'UNIX' ? [toUnix, unixBackend] : [toTcp, backend];
      const place = { host, port: ports[host] };
      const [heard, client] = await Promise.all([listener.next(), say(place, bytes('payload'))]);
      expect(client.ends?.source.address).toBe(host);
      expect(heard.header).toEqual({ version: 1, command: 'PROXY', transport: 'stream', ...client.ends, tlvs: [] });
      expect(Buffer.from(heard.payload).toString()).toBe('payload');
    });
  });

  test('for a client at a UNIX socket: UNKNOWN', async () => {
    const place = { path: join(folder, 'tcp.sock') };
    const [heard] = await Promise.all([backend.next(), say(place, bytes('payload'))]);
    expect(Buffer.from(heard.bytes).toString()).toBe('PROXY UNKNOWN\r\n');
    expect(heard.header).toMatchObject({ command: 'PROXY', source: undefined, destination: undefined });
    expect(Buffer.from(heard.payload).toString()).toBe('payload');
  });

  // With the source from a header (set_real_ip_from) and the destination from its own socket, 1.22 names the family of
  // the source, whatever the destination is; but it "matches the same family" (2.1).
  describe('what it was told of a client, and where it listens itself', () => {
    const handOn = async (host: Loopback, header: Uint8Array): Promise<Uint8Array> => {
      const place = { host, port: real[host] };
      const [received] = await Promise.all([raw.next(), say(place, bytes(header, 'payload'))]);
      return received;
    };
    const lenient = { allowIPv4InTcp6: true };

    test.each<[Loopback, Uint8Array, string, string]>([
      ['127.0.0.1', encodeProxyV1(ipv4), 'TCP4', '192.0.2.1'],
      ['127.0.0.1', encodeProxyV2(ipv4), 'TCP4', '192.0.2.1'],
      ['::1', encodeProxyV1(ipv6), 'TCP6', '2001:db8::1'],
      ['::1', encodeProxyV2(ipv6), 'TCP6', '2001:db8::1'],
    ])('the same family, at %s', async (host, header, protocol, source) => {
      const received = await handOn(host, header);
      const line = `PROXY ${protocol} ${source} ${host} 56324 ${real[host]}\r\n`;
      expect(Buffer.from(received).toString()).toBe(`${line}payload`);
      expect(decodeProxyHeader(received)).toMatchObject({
        ...{ status: 'complete', size: line.length },
        value: { source: { address: source, port: 56324 }, destination: { address: host, port: real[host] } },
      });
    });

    test('an IPv6 client, at 127.0.0.1: IPv4 behind TCP6, which an option accepts', async () => {
      const received = await handOn('127.0.0.1', encodeProxyV2(ipv6));
      const line = `PROXY TCP6 2001:db8::1 127.0.0.1 56324 ${real['127.0.0.1']}\r\n`;
      expect(Buffer.from(received).toString()).toBe(`${line}payload`);
      expect(decodeProxyHeader(received)).toEqual({
        ...{ status: 'malformed', code: 'proxy.v1.destination_address', offset: line.indexOf('127.0.0.1') },
      });
      expect(decodeProxyHeader(received, lenient)).toMatchObject({
        ...{ status: 'complete', size: line.length },
        value: { source: { address: '2001:db8::1' }, destination: { family: 'IPv6', address: '::ffff:127.0.0.1' } },
      });
    });

    test('an IPv4 client, at ::1: IPv6 behind TCP4, which is malformed with any options', async () => {
      const received = await handOn('::1', encodeProxyV2(ipv4));
      const line = `PROXY TCP4 192.0.2.1 ::1 56324 ${real['::1']}\r\n`;
      expect(Buffer.from(received).toString()).toBe(`${line}payload`);
      const expected = { status: 'malformed', code: 'proxy.v1.destination_address', offset: line.indexOf('::1') };
      expect(decodeProxyHeader(received)).toEqual(expected);
      expect(decodeProxyHeader(received, lenient)).toEqual(expected);
    });
  });

  describe('datagrams', () => {
    /** Sends datagrams from one socket, each once the one before has arrived. */
    async function relay(host: Loopback, port: number, payloads: readonly string[]): Promise<[number, Uint8Array[]]> {
      const client = createSocket(host === '::1' ? 'udp6' : 'udp4');
      try {
        client.bind(0, host);
        await once(client, 'listening');
        const received: Uint8Array[] = [];
        for (const payload of payloads) {
          client.send(payload, port, host);
          received.push(await datagrams.next());
        }
        return [client.address().port, received];
      } finally {
        client.close();
      }
    }

    test.each<Loopback>(['127.0.0.1', '::1'])('from %s, one a session: header and payload in each', async (host) => {
      const port = host === '::1' ? udp['::1'] : udp.each;
      const payloads = ['one', '', 'three'];
      const [from, received] = await relay(host, port, payloads);
      const family = host === '::1' ? 'IPv6' : 'IPv4';
      const read = received.map((datagram) => {
        const outcome = decodeProxyHeader(datagram);
        if (outcome.status !== 'complete') throw new Error(`${verdict(outcome)}: ${hex(datagram)}`);
        // It says TCP, as version 1 has no word for UDP.
        expect(outcome.value).toEqual({
          ...{ version: 1, command: 'PROXY', transport: 'stream', tlvs: [] },
          source: { family, address: host, port: from },
          destination: { family, address: host, port },
        });
        return Buffer.from(datagram.subarray(outcome.size)).toString();
      });
      expect(read).toEqual(payloads);
    });

    // 2 (2026/04/27): header and payload "MUST be sent in the same datagram", and the receiver "MUST parse the header
    // independently for each received datagram". nginx 1.22 knows sessions, and sends it with the first one.
    test('several in a session: only the first one has a header, the others are refused', async () => {
      const [, received] = await relay('127.0.0.1', udp.session, ['one', 'two']);
      expect(received.map((datagram) => verdict(decodeProxyHeader(datagram)))).toEqual(['complete', 'proxy.not_proxy']);
      expect(Buffer.from(received[1]!).toString()).toBe('two');
    });
  });
});

/** Where bytes arrive that need not be a header. */
interface Receiver {
  readonly port: number;
  next(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Takes all that a connection says, once it is over. */
async function receiveConnections(): Promise<Receiver> {
  const arrived = queue<Uint8Array>('a connection');
  const server = createServer((socket) => {
    const chunks: Uint8Array[] = [];
    socket.on('data', (chunk) => chunks.push(new Uint8Array(chunk)));
    socket.on('error', () => {}).on('close', () => arrived.put(concat(chunks)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, next: () => arrived.take(), close: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function receiveDatagrams(): Promise<Receiver> {
  const arrived = queue<Uint8Array>('a datagram');
  const socket = createSocket('udp4');
  socket.on('message', (datagram) => arrived.put(new Uint8Array(datagram)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const close = (): Promise<void> => new Promise((resolve) => void socket.close(() => resolve()));
  return { port, next: () => arrived.take(), close };
}

/** A UDP port that was free a moment ago. */
async function freeUdpPort(host: Loopback): Promise<number> {
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
