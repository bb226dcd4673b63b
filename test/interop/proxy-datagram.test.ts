/**
 * Headers in datagrams, over real UDP sockets: the header and its payload share one datagram, and each datagram is
 * parsed on its own (PROXY protocol 2, since 2026/04/27).
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeProxyHeader, encodeProxyV1, encodeProxyV2, encodeTlv, readSsl } from 'preread/proxy';
import type { IPEndpoint, ProxyHeaderInput } from 'preread/proxy';
import { describe, expect, test } from 'vitest';
import { bytes } from '../vectors/build.ts';
import { queue } from './proxy-listener.ts';
import type { Loopback } from './proxy-listener.ts';

type Decision = ReturnType<typeof decodeProxyHeader>;

/** What a receiver makes of one datagram: an answer, and the payload where there is one. */
interface Received {
  readonly outcome: Decision;
  readonly payload: string | undefined;
}

/** Sends datagrams one after the other over one socket, and decodes each one where it arrives. */
async function relay(host: Loopback, datagrams: readonly Uint8Array[]): Promise<Received[]> {
  const type = host === '::1' ? 'udp6' : 'udp4';
  const receiver = createSocket(type);
  const sender = createSocket(type);
  const arrived = queue<Received>('a datagram');
  receiver.on('message', (datagram) => {
    const outcome = decodeProxyHeader(datagram);
    const payload = outcome.status === 'complete' ? datagram.subarray(outcome.size).toString('latin1') : undefined;
    arrived.put({ outcome, payload });
  });
  try {
    await bind(receiver, host);
    await bind(sender, host);
    const all: Received[] = [];
    for (const datagram of datagrams) {
      await new Promise<void>((resolve, reject) =>
        sender.send(datagram, receiver.address().port, host, (error) => (error ? reject(error) : resolve())),
      );
      all.push(await arrived.take());
    }
    return all;
  } finally {
    sender.close();
    receiver.close();
  }
}

async function bind(socket: Socket, host: Loopback): Promise<void> {
  const listening = once(socket, 'listening');
  socket.bind(0, host);
  await listening;
}

const client4: IPEndpoint = { family: 'IPv4', address: '192.0.2.1', port: 5353 };
const server4: IPEndpoint = { family: 'IPv4', address: '198.51.100.1', port: 443 };
const client6: IPEndpoint = { family: 'IPv6', address: '2001:db8::1', port: 5353 };
const server6: IPEndpoint = { family: 'IPv6', address: '2001:db8::2', port: 443 };

const from4: ProxyHeaderInput = { transport: 'datagram', source: client4, destination: server4 };
const from6: ProxyHeaderInput = { transport: 'datagram', source: client6, destination: server6 };

describe.each<Loopback>(['127.0.0.1', '::1'])('over UDP to %s', (host) => {
  test.each([
    ['IPv4', from4, 28],
    ['IPv6', from6, 52],
  ])('%s: header and payload in one datagram', async (_, header, size) => {
    const [received] = await relay(host, [bytes(encodeProxyV2(header), 'query')]);
    expect(received).toEqual({
      outcome: { status: 'complete', value: { ...header, version: 2, command: 'PROXY', tlvs: [] }, size },
      payload: 'query',
    });
  });

  test('two sources over one socket: each datagram says its own', async () => {
    const sources = [client4, { ...client4, port: 5354 }, { ...client4, address: '203.0.113.9' }, client4];
    const datagrams = sources.map((source, i) => bytes(encodeProxyV2({ ...from4, source }), `query ${i}`));
    const received = await relay(host, [...datagrams, bytes(encodeProxyV2(from6), 'query 4')]);
    const read = received.map(({ outcome }) => (outcome.status === 'complete' ? outcome.value.source : outcome));
    expect(read).toEqual([...sources, client6]);
    expect(received.map(({ payload }) => payload)).toEqual(['query 0', 'query 1', 'query 2', 'query 3', 'query 4']);
  });

  test('a payload that is nothing, that is as long as a datagram can be, or that looks like a header', async () => {
    const header = encodeProxyV2(from4);
    const looksLike = Buffer.from(encodeProxyV2(from6)).toString('latin1');
    const payloads = ['', 'x'.repeat(65_507 - header.length), looksLike, 'PROXY UNKNOWN\r\n'];
    // One that long does not fit into a receive buffer beside others, so they go one by one.
    const received = await relay(host, payloads.map((payload) => bytes(header, payload)));
    expect(received.map(({ payload }) => payload)).toEqual(payloads);
    expect(received.every(({ outcome }) => outcome.status === 'complete' && outcome.size === header.length)).toBe(true);
  });

  test('with TLVs and a checksum', async () => {
    const ssl = encodeTlv({ name: 'ssl', client: 1, verify: 0, version: 'QUICv1' });
    const uniqueId = encodeTlv({ name: 'unique_id', uniqueId: bytes('flow 7') });
    const header = encodeProxyV2({ ...from4, tlvs: [ssl, uniqueId] }, { crc32c: true, alignment: 16 });
    expect(header.length % 16).toBe(0);
    const [received] = await relay(host, [bytes(header, 'query')]);
    const outcome = received!.outcome;
    if (outcome.status !== 'complete') throw new Error(JSON.stringify(outcome));
    expect(outcome.value.tlvs.map(({ type }) => type)).toEqual([0x20, 0x05, 0x03, 0x04]);
    expect(readSsl(outcome.value.tlvs)?.version).toBe('QUICv1');
    expect(received!.payload).toBe('query');
  });

  test('LOCAL, such as a health check: the ends of the socket itself count', async () => {
    const [received] = await relay(host, [bytes(encodeProxyV2({ command: 'LOCAL' }), 'ping')]);
    expect(received).toMatchObject({
      outcome: { status: 'complete', value: { command: 'LOCAL', source: undefined, destination: undefined } },
      payload: 'ping',
    });
  });

  test('a part of the header: incomplete, and to be dropped, as the next datagram does not go on with it', async () => {
    const whole = bytes(encodeProxyV2(from4), 'query');
    for (const length of [0, 1, 12, 15, 16, 27]) {
      const [first, second] = await relay(host, [whole.subarray(0, length), whole.subarray(length)]);
      const needed = first!.outcome.status === 'incomplete' ? first!.outcome.needed : 0;
      expect(needed).toBeGreaterThanOrEqual(1);
      expect(needed).toBeLessThanOrEqual(28 - length);
      expect(first!.payload).toBeUndefined();
      // The rest alone is no header at all, and must not be taken for a payload.
      if (length === 0) expect(second!.outcome.status).toBe('complete');
      else expect(second!.outcome).toEqual({ status: 'malformed', code: 'proxy.not_proxy', offset: 0 });
    }
  });

  test('no header at all: not the payload of the sender before', async () => {
    const [first, second] = await relay(host, [bytes(encodeProxyV2(from4), 'query'), bytes('query')]);
    expect(first!.payload).toBe('query');
    expect(second).toEqual({
      outcome: { status: 'malformed', code: 'proxy.not_proxy', offset: 0 },
      payload: undefined,
    });
  });

  // Version 1 has no word for datagrams, and yet some senders put TCP4 in front of them: nginx does.
  test.each([
    ['TCP4', { source: client4, destination: server4 }],
    ['TCP6', { source: client6, destination: server6 }],
  ])('version 1 says %s, as if it came over a stream', async (protocol, header) => {
    const line = encodeProxyV1(header);
    expect(Buffer.from(line).toString()).toMatch(`PROXY ${protocol} `);
    const [whole, cut] = await relay(host, [bytes(line, 'query'), line.subarray(0, line.length - 1)]);
    expect(whole).toMatchObject({
      outcome: { status: 'complete', value: { version: 1, transport: 'stream', ...header }, size: line.length },
      payload: 'query',
    });
    expect(cut!.outcome).toEqual({ status: 'incomplete', needed: 1 });
  });
});
