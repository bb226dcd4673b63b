/**
 * HAProxy, whose protocol it is: what it sends is read here, and what is written here it takes. Where it and the
 * decoder disagree, there is a reason. All of it is pinned for version 2.6, that of Debian 12.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import fc from 'fast-check';
import { decodeProxyHeader, decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv, readSsl } from 'preread/proxy';
import type { DecodedTlv, ProxyCode, ProxyHeader, Tlv } from 'preread/proxy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proxyHeaders } from '../generators/proxy.ts';
import { bytes, u32 } from '../vectors/build.ts';
import { crc32cBitwise, proxyV2Signature } from '../vectors/proxy.ts';
import { compare, compareGenerated, differenceOf, headerCases, ipv4, ipv6, mixed } from './proxy-headers.ts';
import { partialHeaders, printed, REQUEST, respelled, titled, tlvTypes, verdict } from './proxy-headers.ts';
import type { Other, Outcome, Taken } from './proxy-headers.ts';
import { endsOf, freePort, hex, listenForHeaders, say } from './proxy-listener.ts';
import type { Ends, Heard, HeaderListener, Loopback, Place, Said } from './proxy-listener.ts';
import { describeWith, makeFolder, run } from './programs.ts';
import type { Started } from './programs.ts';
import { startHaproxy } from './servers.ts';

const { ALPN, AUTHORITY, CRC32C, UNIQUE_ID, SSL, VERSION, CN, CIPHER, SIG_ALG, KEY_ALG } = tlvTypes;

/** The TLVs of a header, by name. */
function tlvsOf(header: ProxyHeader): { [Name in DecodedTlv['name']]?: Extract<DecodedTlv, { name: Name }> } {
  return Object.fromEntries(
    header.tlvs.map((tlv) => {
      const decoded = decodeTlv(tlv);
      if (decoded.status !== 'complete') throw new Error(`${decoded.code} in ${hex(tlv.value)}`);
      return [decoded.value.name, decoded.value];
    }),
  );
}

const typesOf = (tlvs: readonly { readonly type: number }[] = []): number[] => tlvs.map(({ type }) => type);

interface Certificates {
  /** What HAProxy trusts. */
  readonly ca: string;
  /** Certificate and key in one file. */
  readonly server: string;
  readonly rsaServer: string;
  readonly clients: { readonly [Who in 'trusted' | 'expired' | 'stranger' | 'selfSigned']: Identity };
}

interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = async (...args: string[]): Promise<void> => {
    const { status, output } = await run('openssl', args);
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
  };
  const file = (name: string): string => join(folder, name);
  const p256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  /** Of a key, and signed by `issuer`, or by itself. */
  const make = async (name: string, cn: string, issuer = name, days = 2, key = p256): Promise<Identity> => {
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)];
    await openssl('req', '-new', '-nodes', '-newkey', ...key, '-utf8', '-subj', `/O=preread/CN=${cn}`, ...out);
    const by = name === issuer
      ? ['-signkey', file(`${name}.key`), '-extfile', file('ca.cnf')]
      : ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`), '-CAcreateserial'];
    const signed = ['-in', file(`${name}.csr`), '-days', String(days), '-out', file(`${name}.pem`)];
    await openssl('x509', '-req', ...signed, ...by);
    const identity = { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) };
    writeFileSync(file(`${name}.both.pem`), bytes(identity.cert, identity.key));
    return identity;
  };
  writeFileSync(file('ca.cnf'), 'basicConstraints = critical, CA:TRUE\n');
  await make('ca', 'The CA');
  await make('other-ca', 'Another CA');
  await make('server', 'server.example', 'ca');
  await make('rsa-server', 'server.example', 'rsa-server', 2, ['rsa:2048']);
  return {
    ca: file('ca.pem'),
    server: file('server.both.pem'),
    rsaServer: file('rsa-server.both.pem'),
    clients: {
      trusted: await make('trusted', 'Jürgen Groß', 'ca'),
      expired: await make('expired', 'Someone of yesterday', 'ca', -1),
      stranger: await make('stranger', 'A stranger', 'other-ca'),
      selfSigned: await make('self-signed', 'trusted.example'),
    },
  };
}

/** What a TLS client said, and what it knows of its own connection. */
interface SaidOverTls {
  readonly ends: Ends;
  readonly protocol: string | null;
  readonly cipher: string;
  readonly alpn: string | false | null;
  readonly isReused: boolean;
  readonly session: Buffer;
}

async function sayOverTls(port: number, payload: Uint8Array, options: ConnectionOptions): Promise<SaidOverTls> {
  // Nobody here checks the server's certificate.
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  const closed = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()));
  const gotSession = once(socket, 'session');
  gotSession.catch(() => {});
  await Promise.race([
    once(socket, 'secureConnect'),
    closed.then(() => {
      throw new Error('closed without a word');
    }),
  ]);
  const said = {
    ...{ ends: endsOf(socket), protocol: socket.getProtocol(), cipher: socket.getCipher().name },
    ...{ alpn: socket.alpnProtocol, isReused: socket.isSessionReused() },
  };
  // A reused session of TLS 1.2 need not be given again.
  const session = said.isReused ? Buffer.alloc(0) : ((await gotSession)[0] as Buffer);
  // Node.js tells of a session while it is inside of reading: what is written then is broken (bad_record_mac).
  await setImmediate();
  socket.resume().end(payload);
  await closed;
  return { ...said, session };
}

const every = 'crc32c,authority,unique-id,ssl,cert-cn,ssl-cipher,cert-sig,cert-key';
const everyOption = `send-proxy-v2 proxy-v2-options ${every}`;

/** By server options: the types of TLVs for a client in the clear, for one over TLS, and inside of SSL. */
const sending: [options: string, clear: number[], overTls: number[], insideSsl: number[]][] = [
  ['send-proxy-v2', [], [ALPN], []],
  ['send-proxy-v2-ssl', [SSL], [ALPN, SSL], [VERSION]],
  ['send-proxy-v2-ssl-cn', [SSL], [ALPN, SSL], [VERSION, CN]],
  ['send-proxy-v2 proxy-v2-options crc32c', [CRC32C], [CRC32C, ALPN], []],
  ['send-proxy-v2 proxy-v2-options authority', [], [ALPN, AUTHORITY], []],
  ['send-proxy-v2 proxy-v2-options unique-id', [UNIQUE_ID], [ALPN, UNIQUE_ID], []],
  ['send-proxy-v2 proxy-v2-options ssl', [SSL], [ALPN, SSL], [VERSION]],
  ['send-proxy-v2 proxy-v2-options cert-cn', [SSL], [ALPN, SSL], [VERSION, CN]],
  ['send-proxy-v2 proxy-v2-options ssl-cipher', [SSL], [ALPN, SSL], [VERSION, CIPHER]],
  ['send-proxy-v2 proxy-v2-options cert-sig', [SSL], [ALPN, SSL], [VERSION, SIG_ALG]],
  ['send-proxy-v2 proxy-v2-options cert-key', [SSL], [ALPN, SSL], [VERSION, KEY_ALG]],
  [
    everyOption,
    [CRC32C, UNIQUE_ID, SSL],
    [CRC32C, ALPN, AUTHORITY, UNIQUE_ID, SSL],
    [VERSION, CN, KEY_ALG, SIG_ALG, CIPHER],
  ],
];

describeWith(['haproxy', 'openssl'], 'HAProxy sends', () => {
  /** The ports of one frontend, and the path of its UNIX socket. */
  interface Frontend {
    readonly ports: { readonly [host in Loopback]: number };
    readonly tls: number;
    readonly path: string;
  }
  let folder: string;
  let remove = (): void => {};
  const frontends = new Map<string, Frontend>();
  let certificates: Certificates;
  let backend: HeaderListener;
  let unixBackend: HeaderListener;
  let haproxy: Started;

  /** A frontend for clients of all kinds, by the options of its server. */
  async function frontend(options: string, address: string, verify: string, title = options): Promise<string> {
    const name = `f${frontends.size}`;
    const path = join(folder, `${name}.sock`);
    const ports = { '127.0.0.1': await freePort('127.0.0.1'), '::1': await freePort('::1') };
    const tls = await freePort();
    frontends.set(title, { ports, tls, path });
    return `
      frontend ${name}
        mode tcp
        bind 127.0.0.1:${ports['127.0.0.1']}
        bind ::1:${ports['::1']}
        bind unix@${path}
        bind 127.0.0.1:${tls} ssl alpn h2,http/1.1 ${verify}
        unique-id-format id-%ci-%cp
        default_backend b${name}
      backend b${name}
        mode tcp
        server s ${address} ${options}
      `;
  }

  beforeAll(async () => {
    ({ folder, remove } = makeFolder());
    certificates = await makeCertificates(folder);
    const path = join(folder, 'backend.sock');
    backend = await listenForHeaders('127.0.0.1');
    unixBackend = await listenForHeaders({ path });
    const { ca, server, rsaServer } = certificates;
    const required = `crt ${server} ca-file ${ca} verify required`;
    const optional = `crt ${rsaServer} ca-file ${ca} verify optional crt-ignore-err all ca-ignore-err all`;
    haproxy = await startHaproxy(folder, async () => {
      frontends.clear();
      const sections: string[] = [];
      const address = `127.0.0.1:${backend.port}`;
      for (const [options] of sending) sections.push(await frontend(options, address, required));
      sections.push(await frontend('send-proxy', address, required));
      sections.push(await frontend('send-proxy', `unix@${path}`, required, 'v1 to UNIX'));
      sections.push(await frontend(everyOption, `unix@${path}`, required, 'v2 to UNIX'));
      sections.push(await frontend(everyOption, address, required, 'required'));
      sections.push(await frontend(everyOption, address, optional, 'optional'));
      sections.push(await frontend(everyOption, address, `crt ${server}`, 'not asked for'));
      return sections.join('');
    });
  });
  afterAll(async () => {
    await haproxy?.stop();
    await backend?.close();
    await unixBackend?.close();
    remove();
  });

  /** Something to send that no other test sends. */
  const payloads = (function* (): Generator<Uint8Array, never> {
    for (let i = 0; ; i++) yield bytes(`payload ${i}`);
  })();

  async function sendFrom(
    client: Loopback | 'UNIX',
    title: string,
    to: HeaderListener,
  ): Promise<Heard & { client: Said }> {
    const { ports, path } = frontends.get(title)!;
    const payload = payloads.next().value;
    const place = client === 'UNIX' ? { path } : { host: client, port: ports[client] };
    const [heard, said] = await Promise.all([to.next(), say(place, payload)]);
    expect(hex(heard.payload)).toBe(hex(payload));
    return { ...heard, client: said };
  }

  async function sendOverTls(title: string, options: ConnectionOptions): Promise<Heard & { client: SaidOverTls }> {
    const payload = payloads.next().value;
    const [heard, client] = await Promise.all([
      backend.next(),
      sayOverTls(frontends.get(title)!.tls, payload, options),
    ]);
    expect(hex(heard.payload)).toBe(hex(payload));
    return { ...heard, client };
  }

  describe.each<Loopback>(['127.0.0.1', '::1'])('for a client at %s', (host) => {
    test('send-proxy: its address and port, and what it connected to', async () => {
      const { header, client } = await sendFrom(host, 'send-proxy', backend);
      expect(client.ends?.source.address).toBe(host);
      expect(header).toEqual({ version: 1, command: 'PROXY', transport: 'stream', ...client.ends, tlvs: [] });
    });

    test.each(sending)('%s: the same, and TLVs %j', async (options, types) => {
      const { header, client } = await sendFrom(host, options, backend);
      const { tlvs, ...rest } = header;
      expect(rest).toEqual({ version: 2, command: 'PROXY', transport: 'stream', ...client.ends });
      expect(client.ends?.source.address).toBe(host);
      expect(typesOf(tlvs)).toEqual(types);
      const { unique_id: uniqueId } = tlvsOf(header);
      if (types.includes(UNIQUE_ID)) {
        const { address, port } = client.ends!.source;
        expect(Buffer.from(uniqueId!.uniqueId).toString()).toBe(`id-${address}-${port}`);
      }
      // No TLS, no certificate: nothing is said, and nothing is verified although `verify` is 0.
      const nothing = { client: 0, clientSsl: false, verify: 0, verified: false, version: undefined, tlvs: [] };
      if (types.includes(SSL)) expect(readSsl(tlvs)).toMatchObject(nothing);
      else expect(readSsl(tlvs)).toBeUndefined();
    });

    test('to a backend on a UNIX socket: what the client connected to, not what HAProxy did', async () => {
      const v1 = await sendFrom(host, 'v1 to UNIX', unixBackend);
      expect(v1.header).toEqual({ version: 1, command: 'PROXY', transport: 'stream', ...v1.client.ends, tlvs: [] });
      const v2 = await sendFrom(host, 'v2 to UNIX', unixBackend);
      expect(v2.header).toMatchObject({ version: 2, command: 'PROXY', transport: 'stream', ...v2.client.ends });
      expect(v2.ends).toBeUndefined();
    });
  });

  // For what is neither IPv4 nor IPv6, 2.6 has UNKNOWN and LOCAL (make_proxy_line_v1, make_proxy_line_v2), though 2.2
  // has a family for UNIX and calls LOCAL "established on purpose by the proxy without being relayed". So LOCAL alone
  // does not mean that there is no client.
  describe('for a client at a UNIX socket', () => {
    const none = { source: undefined, destination: undefined, transport: 'unspecified' };

    test.each(['send-proxy', 'v1 to UNIX'])('%s: UNKNOWN', async (title) => {
      const { header, bytes: line } = await sendFrom('UNIX', title, title === 'v1 to UNIX' ? unixBackend : backend);
      expect(Buffer.from(line).toString()).toBe('PROXY UNKNOWN\r\n');
      expect(header).toEqual({ version: 1, command: 'PROXY', ...none, tlvs: [] });
    });

    test.each(sending)('%s: LOCAL, and TLVs %j', async (options, types) => {
      const { header } = await sendFrom('UNIX', options, backend);
      expect(header).toMatchObject({ version: 2, command: 'LOCAL', ...none });
      expect(typesOf(header.tlvs)).toEqual(types);
      const { unique_id: uniqueId } = tlvsOf(header);
      if (types.includes(UNIQUE_ID)) expect(Buffer.from(uniqueId!.uniqueId).toString()).toMatch(/^id-unix-\d+$/);
    });

    test('v2 to a backend on a UNIX socket: LOCAL too', async () => {
      const { header } = await sendFrom('UNIX', 'v2 to UNIX', unixBackend);
      expect(header).toMatchObject({ version: 2, command: 'LOCAL', ...none });
    });
  });

  describe('for a client over TLS', () => {
    const asked: ConnectionOptions = { servername: 'Name.Example', ALPNProtocols: ['http/1.1'] };

    test('send-proxy: version 1 has no word for it', async () => {
      const { header, client } = await sendOverTls('send-proxy', { ...asked, ...certificates.clients.trusted });
      expect(header).toEqual({ version: 1, command: 'PROXY', transport: 'stream', ...client.ends, tlvs: [] });
    });

    test.each(sending)('%s', async (options, _, types, inside) => {
      const { header, client } = await sendOverTls(options, { ...asked, ...certificates.clients.trusted });
      expect(header).toMatchObject({ version: 2, command: 'PROXY', transport: 'stream', ...client.ends });
      expect(typesOf(header.tlvs)).toEqual(types);
      const ssl = readSsl(header.tlvs);
      expect(typesOf(ssl?.tlvs)).toEqual(inside);
      expect(client.alpn).toBe('http/1.1');
      expect(tlvsOf(header).alpn?.protocol).toBe('http/1.1');
      const has = (type: number): boolean => inside.includes(type);
      if (types.includes(AUTHORITY)) expect(tlvsOf(header).authority?.authority).toBe('Name.Example');
      if (types.includes(SSL)) {
        expect(ssl).toMatchObject({
          ...{ clientSsl: true, clientCertConn: true, clientCertSess: true, verify: 0, verified: true },
          version: client.protocol,
          cn: has(CN) ? 'Jürgen Groß' : undefined,
          cipher: has(CIPHER) ? client.cipher : undefined,
          // HAProxy's own certificate and key (2.2.6), the P-256 one.
          sigAlg: has(SIG_ALG) ? 'ecdsa-with-SHA256' : undefined,
          keyAlg: has(KEY_ALG) ? 'EC256' : undefined,
        });
      } else {
        expect(ssl).toBeUndefined();
      }
    });

    test('no SNI and no ALPN: neither TLV', async () => {
      const { header, client } = await sendOverTls('not asked for', {});
      expect(typesOf(header.tlvs)).toEqual([CRC32C, UNIQUE_ID, SSL]);
      expect(client.alpn).toBe(false);
    });

    type Who = keyof Certificates['clients'] | 'nobody';
    type Expected = { readonly clientCert: boolean; readonly verify: number; readonly verified: boolean };
    // The numbers are OpenSSL's (X509_V_ERR_…). Without a certificate HAProxy says 0, though 2.2.6 wants "non-zero
    // otherwise": that is why `verified` also asks for the bit of a certificate.
    const certs: [title: string, frontend: string, who: Who, expected: Expected][] = [
      ['no certificate asked for', 'not asked for', 'nobody', { clientCert: false, verify: 0, verified: false }],
      ['one that was not asked for', 'not asked for', 'trusted', { clientCert: false, verify: 0, verified: false }],
      ['one is optional, none given', 'optional', 'nobody', { clientCert: false, verify: 0, verified: false }],
      ['one is optional, a good one', 'optional', 'trusted', { clientCert: true, verify: 0, verified: true }],
      ['one is required, a good one', 'required', 'trusted', { clientCert: true, verify: 0, verified: true }],
      ['one that expired', 'optional', 'expired', { clientCert: true, verify: 10, verified: false }],
      ['one by another CA', 'optional', 'stranger', { clientCert: true, verify: 21, verified: false }],
      ['one signed by itself', 'optional', 'selfSigned', { clientCert: true, verify: 18, verified: false }],
    ];
    describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('of %s', (version) => {
      test.each(certs)('%s', async (_, title, who, expected) => {
        const identity = who === 'nobody' ? undefined : certificates.clients[who];
        const versions = { minVersion: version, maxVersion: version };
        const { header, client } = await sendOverTls(title, { ...asked, ...versions, ...identity });
        const ssl = readSsl(header.tlvs)!;
        const { clientCert, ...result } = expected;
        const bits = { clientSsl: true, clientCertConn: clientCert, clientCertSess: clientCert };
        expect(ssl).toMatchObject({ ...bits, ...result });
        expect(client.protocol).toBe(version);
        expect(ssl.version).toBe(client.protocol);
        expect(ssl.cipher).toBe(client.cipher);
        const subject = clientCert ? new X509Certificate(identity!.cert).subject : '';
        expect(ssl.cn).toBe(/CN=(.*)/.exec(subject)?.[1]);
        const own = title === 'optional' ? ['RSA-SHA256', 'RSA2048'] : ['ecdsa-with-SHA256', 'EC256'];
        expect([ssl.sigAlg, ssl.keyAlg]).toEqual(own);
      });

      test('a session that is resumed: the certificate came with the session, not over this connection', async () => {
        const versions = { minVersion: version, maxVersion: version };
        const options = { ...asked, ...versions, ...certificates.clients.trusted };
        const first = await sendOverTls('required', options);
        const { header, client } = await sendOverTls('required', { ...options, session: first.client.session });
        expect(client.isReused).toBe(true);
        const sess = { clientSsl: true, clientCertConn: false, clientCertSess: true, verify: 0, verified: true };
        expect(readSsl(header.tlvs)).toMatchObject({ ...sess, cn: 'Jürgen Groß', version });
      });
    });

    test('a certificate that is required and not good: no connection, so no header', async () => {
      const { tls } = frontends.get('required')!;
      const options = { ...asked, ...certificates.clients.stranger, maxVersion: 'TLSv1.2' } as const;
      await expect(sayOverTls(tls, bytes('never sent'), options)).rejects.toThrow(/unknown ca|ECONNRESET/);
      // The next one to arrive is the next one sent.
      await sendFrom('127.0.0.1', 'required', backend);
    });
  });
});

describeWith(['haproxy'], 'HAProxy checks the health of a server', () => {
  const request = 'OPTIONS / HTTP/1.0\r\n\r\n';

  /** The first check that comes to a port, or else to a UNIX socket, with this server line. */
  async function firstCheck(where: 'IP' | 'UNIX', line: (place: string, port: number) => string): Promise<Heard> {
    const { folder, remove } = makeFolder();
    const path = join(folder, 'backend.sock');
    const listener = await listenForHeaders(where === 'UNIX' ? { path } : '127.0.0.1', (payload) =>
      Buffer.from(payload).toString() === request ? bytes('HTTP/1.0 200 OK\r\n\r\n') : undefined,
    );
    const place = where === 'UNIX' ? `unix@${path}` : `127.0.0.1:${listener.port}`;
    const sections = `
      backend b
        mode http
        ${line(place, listener.port)}`;
    const haproxy = await startHaproxy(folder, async () => sections);
    try {
      return await listener.next();
    } finally {
      await haproxy.stop();
      await listener.close();
      remove();
    }
  }

  const local = {
    ...{ version: 2, command: 'LOCAL', transport: 'unspecified' },
    ...{ source: undefined, destination: undefined },
  };

  test.each<[server: string, where: 'IP' | 'UNIX', tlvs: number[]]>([
    ['send-proxy-v2 check', 'IP', []],
    ['send-proxy-v2 check', 'UNIX', []],
    ['send-proxy-v2 proxy-v2-options crc32c check', 'IP', [CRC32C]],
    // Of no client, so there is no id: but an SSL that says nothing.
    [`${everyOption} check`, 'IP', [CRC32C, SSL]],
  ])('%s, to %s: LOCAL, and no payload', async (server, where, types) => {
    const { header, payload } = await firstCheck(where, (place) => `server s ${place} ${server} inter 200ms`);
    expect(header).toMatchObject(local);
    expect(typesOf(header.tlvs)).toEqual(types);
    if (types.includes(SSL)) expect(readSsl(header.tlvs)).toMatchObject({ client: 0, verify: 0, verified: false });
    expect(payload).toHaveLength(0);
  });

  test('with a request: it comes behind LOCAL', async () => {
    const server = (place: string): string => `option httpchk\nserver s ${place} send-proxy-v2 check inter 200ms`;
    const check = await firstCheck('IP', server);
    expect(check.header).toEqual({ ...local, tlvs: [] });
    expect(Buffer.from(check.payload).toString()).toBe(request);
  });

  // "It SHOULD build a valid PROXY line which it will fill with a getsockname()/getpeername() pair" (2.1): a check in
  // version 1 is known by that alone.
  test.each([
    ['send-proxy check', (place: string) => `server s ${place} send-proxy check inter 200ms`],
    ['check-send-proxy', (place: string) => `server s ${place} check-send-proxy check inter 200ms`],
    ['check-send-proxy to a port of its own', (_: string, port: number) =>
      `server s 127.0.0.1:1 send-proxy check check-send-proxy port ${port} inter 200ms`],
  ])('%s: PROXY, with the ends of the connection itself', async (_, line) => {
    const check = await firstCheck('IP', (place, port) => `option httpchk\n${line(place, port)}`);
    expect(check.ends?.source.address).toBe('127.0.0.1');
    expect(check.header).toEqual({ version: 1, command: 'PROXY', transport: 'stream', ...check.ends, tlvs: [] });
    expect(Buffer.from(check.payload).toString()).toBe(request);
  });

  test('send-proxy check, to a UNIX socket: UNKNOWN', async () => {
    const check = await firstCheck('UNIX', (place) => `server s ${place} send-proxy check inter 200ms`);
    expect(Buffer.from(check.bytes).toString()).toBe('PROXY UNKNOWN\r\n');
    expect(check.header).toMatchObject({ version: 1, command: 'PROXY', source: undefined, destination: undefined });
  });

  test('LOCAL and PROXY on one port: checks and a client are told apart', async () => {
    const { folder, remove } = makeFolder();
    const listener = await listenForHeaders('127.0.0.1');
    let port = 0;
    const haproxy = await startHaproxy(folder, async () => {
      port = await freePort();
      return `
        frontend f
          mode tcp
          bind 127.0.0.1:${port}
          default_backend b
        backend b
          mode tcp
          server s 127.0.0.1:${listener.port} send-proxy-v2 check inter 50ms`;
    });
    try {
      const client = await say({ host: '127.0.0.1', port }, bytes('from a client'));
      const checks: Heard[] = [];
      let relayed: Heard | undefined;
      while (relayed === undefined || checks.length < 3) {
        const heard = await listener.next();
        if (heard.header.command === 'LOCAL') checks.push(heard);
        else relayed = heard;
      }
      expect(checks.every(({ header, payload }) => header.source === undefined && payload.length === 0)).toBe(true);
      expect(relayed.header).toMatchObject({ command: 'PROXY', ...client.ends });
      expect(Buffer.from(relayed.payload).toString()).toBe('from a client');
    } finally {
      await haproxy.stop();
      await listener.close();
      remove();
    }
  });
});

describeWith(['haproxy'], 'HAProxy accepts', () => {
  let folder: string;
  let remove = (): void => {};
  let haproxy: Started;
  let backend: HeaderListener;
  let ports: { '127.0.0.1': number; '::1': number; quiet: number; toV1: number; toV2: number };

  beforeAll(async () => {
    ({ folder, remove } = makeFolder());
    backend = await listenForHeaders('127.0.0.1');
    haproxy = await startHaproxy(folder, async () => {
      ports = {
        ...{ '127.0.0.1': await freePort(), '::1': await freePort('::1'), quiet: await freePort() },
        ...{ toV1: await freePort(), toV2: await freePort() },
      };
      const ends = '%[src] %[src_port] %[dst] %[dst_port]';
      const answer = `lf-string "${ends}|%[fc_pp_authority,hex]|%[fc_pp_unique_id,hex]|%[fc_rcvd_proxy]"`;
      return `
        frontend aloud
          mode http
          bind 127.0.0.1:${ports['127.0.0.1']} name v4 accept-proxy
          bind ::1:${ports['::1']} name v6 accept-proxy
          bind unix@${join(folder, 'accept.sock')} name unix accept-proxy
          option dontlog-normal
          error-log-format "refused %[fc_src]:%[fc_src_port]: %[fc_err_str]"
          http-request return status 200 content-type text/plain ${answer}
        frontend quiet
          mode http
          no log
          bind 127.0.0.1:${ports.quiet} accept-proxy
          http-request return status 200 content-type text/plain ${answer}
        frontend tov1
          mode tcp
          bind 127.0.0.1:${ports.toV1} accept-proxy
          default_backend v1
        backend v1
          mode tcp
          server s 127.0.0.1:${backend.port} send-proxy
        frontend tov2
          mode tcp
          bind 127.0.0.1:${ports.toV2} accept-proxy
          unique-id-format %[fc_pp_unique_id]
          default_backend v2
        backend v2
          mode tcp
          server s 127.0.0.1:${backend.port} send-proxy-v2 proxy-v2-options crc32c,authority,unique-id`;
    });
  });
  afterAll(async () => {
    await haproxy?.stop();
    await backend?.close();
    remove();
  });

  interface Answer extends Taken {
    /** What the connection itself came from and went to. */
    readonly ends: Ends;
    /** TLVs in hexadecimal. */
    readonly read: { readonly ends: string; readonly authority: string; readonly uniqueId: string } | undefined;
  }

  async function ask(place: Place, sent: Uint8Array): Promise<Answer> {
    const { ends, reply } = await say(place, sent);
    const [, body] = /^HTTP\/1\.[01] 200 OK\r\n[^]*?\r\n\r\n([^]*)$/.exec(reply) ?? [];
    const [read = '', authority = '', uniqueId = '', wasReceived] = body?.split('|') ?? [];
    if (body !== undefined) expect(wasReceived).toBe('1');
    return { ends, accepted: reply !== '', read: body === undefined ? undefined : { ends: read, authority, uniqueId } };
  }

  /** Of others, even of those that it takes, it uses the ends of the connection itself, and reads no TLVs. */
  const isKnown = ({ transport, source }: ProxyHeader): boolean => transport === 'stream' && source?.family !== 'unix';

  /** Expects that HAProxy read the same in a header that it took. */
  function expectSame({ ends, read }: Answer, header: ProxyHeader): void {
    expect(respelled(read!.ends)).toBe(printed(isKnown(header) ? header : ends!));
    // Of two of a type the last one counts.
    const tlvs = isKnown(header) ? header.tlvs : [];
    const last = (of: number): string => hex(tlvs.findLast(({ type }) => type === of)?.value ?? new Uint8Array());
    expect(read!.authority.toLowerCase()).toBe(last(AUTHORITY));
    expect(read!.uniqueId.toLowerCase()).toBe(last(UNIQUE_ID));
  }

  // In quotation marks: the words of the PROXY protocol, with their section in front.
  const reasons = {
    authority: '2.2.2 gives no limit; HAProxy holds 255 bytes (PP2_AUTHORITY_MAX)',
    udpOrUnix:
      '2.2: a receiver "automatically falls back to the UNSPEC mode for the valid combinations" that it does not know; ' +
      'HAProxy reads the signature as a TLV, which is longer than most headers',
    unspec:
      '2.2: "the receiver is free to accept the connection anyway and use the real endpoints addresses or to reject"',
    ignored: '2.1: of UNKNOWN "the receiver must ignore anything presented before the CRLF"',
    addresses:
      '2.1: "exactly 4 integers in the range [0..255]", without leading zeros; HAProxy takes any digits and up to ' +
      'three dots in front of a space for some address; an IPv6 address ends at a NUL',
    port:
      '2.1: "a decimal integer in the range [0..65535]", without leading zeros; HAProxy takes any digits or none, ' +
      'modulo 65536, and behind TCP6 a NUL ends them',
    length: '2.1: invalid without CRLF "in the first 107 characters"; HAProxy takes as many digits as there are',
    exactly:
      '2.1: "any sequence which does not exactly match the protocol must be discarded"; behind TCP6 HAProxy reads four ' +
      'words, whatever follows',
    endless:
      '2.1: "must not tolerate a single CR or LF character"; behind TCP6 and four words HAProxy looks for a CRLF, into ' +
      'the request too',
    nested: '2.2.6: sub-TLVs are within SSL; HAProxy does not look into it',
    unread:
      '2.2: other values "must be rejected as invalid by receivers"; HAProxy reads the signature as a TLV, and of a ' +
      'longer header only what stands behind that',
    twice: '2.2.3 knows one checksum; HAProxy checks one after the other, with those in front of it as zero',
    limit: 'a limit of ours, to be raised by maxBytes; that of HAProxy is tune.bufsize, 16384',
  };

  /** As `conn_recv_proxy` of 2.6 does. */
  function takes(sent: Uint8Array): boolean {
    if (sent[0] !== 0x50) return takesBlock(sent);
    const text = Buffer.from(sent).toString('latin1');
    if (text.startsWith('PROXY TCP4 ')) {
      return /^PROXY TCP4 \d*(?:\.\d*){0,3} \d*(?:\.\d*){0,3} \d* \d*\r\n/.test(text);
    }
    const words = /^PROXY TCP6 ([^\r]*)\r\n/.exec(text)?.[1]?.split(' ');
    if (words === undefined) return text.startsWith('PROXY UNKNOWN\r\n');
    const [source, destination, sourcePort, destinationPort] = words.map((word) => word.split('\0')[0]!);
    const isAddress = (word = ''): boolean => isIPv6(word) && !word.includes('%');
    const isPort = (word = 'none'): boolean => /^\d*$/.test(word);
    return isAddress(source) && isAddress(destination) && isPort(sourcePort) && isPort(destinationPort);
  }

  function takesBlock(sent: Uint8Array): boolean {
    const { buffer, byteOffset, byteLength } = sent;
    const at16 = (at: number): number => new DataView(buffer, byteOffset, byteLength).getUint16(at);
    const end = sent.length < 16 ? Infinity : 16 + at16(14);
    const [verCmd, fam] = sent.subarray(12, 14);
    if (end > sent.length || hex(sent.subarray(0, 12)) !== hex(proxyV2Signature)) return false;
    if (verCmd !== 0x21) return verCmd === 0x20;
    const block = sent.slice(0, end);
    // Of what it does not know it reads the signature.
    let at = fam === 0x11 ? 28 : fam === 0x21 ? 52 : 0;
    for (let next; at < end; at = next) {
      if (at + 3 > end) return false;
      next = at + 3 + at16(at + 1);
      if (next > end) return false;
      const most = { [AUTHORITY]: 255, [UNIQUE_ID]: 128 }[block[at]!] ?? Infinity;
      if (next - at - 3 > most) return false;
      if (block[at] !== CRC32C) continue;
      const checksum = hex(block.subarray(at + 3, at + 7));
      block.fill(0, at + 3, at + 7);
      if (hex(bytes(u32(crc32cBitwise(block)))) !== checksum) return false;
    }
    return at === end;
  }

  /** Why HAProxy takes what is refused here with this code. */
  const lenient: Partial<Record<ProxyCode, string>> = {
    'proxy.v1.source_address': reasons.addresses,
    'proxy.v1.destination_address': reasons.addresses,
    'proxy.v1.source_port': reasons.port,
    'proxy.v1.destination_port': reasons.port,
    'proxy.v1.length': reasons.length,
    'proxy.v1.crlf': reasons.endless,
    'proxy.ssl.length': reasons.nested,
    'proxy.crc32c.duplicate': reasons.twice,
    'proxy.header.limit': reasons.limit,
  };

  function reasonFor(outcome: Outcome, sent: Uint8Array): string | undefined {
    if (outcome.status === 'complete') return strictReason(outcome.value);
    if (outcome.status === 'incomplete') return undefined;
    if (sent[0] === 0x0d && sent[13] !== 0x11 && sent[13] !== 0x21) return reasons.unread;
    const text = Buffer.from(sent).toString('latin1');
    const hasMore = /^PROXY TCP6 \S+ \S+ (?:0|[1-9]\d*) (?:0|[1-9]\d*) [^\r]*\r\n/.test(text);
    return outcome.code === 'proxy.v1.destination_port' && hasMore ? reasons.exactly : lenient[outcome.code];
  }

  /** Why HAProxy refuses what is accepted here. */
  function strictReason({ version, command, transport, source, tlvs }: ProxyHeader): string | undefined {
    if (version === 1) return source === undefined ? reasons.ignored : undefined;
    if (command === 'LOCAL') return undefined;
    if (source === undefined) return reasons.unspec;
    if (transport === 'datagram' || source.family === 'unix') return reasons.udpOrUnix;
    return tlvs.some(({ type, value }) => type === AUTHORITY && value.length > 255) ? reasons.authority : undefined;
  }

  /** One port of HAProxy. */
  const listening = (port: 'quiet' | '127.0.0.1'): Other<Answer> => ({
    behind: REQUEST,
    ask: (sent) => ask({ host: '127.0.0.1', port: ports[port] }, sent),
    takes,
    reasonFor,
    expectSame,
  });

  /** How HAProxy's log says why it refused what is refused here with a code. */
  function refusal(title: string, ours: ProxyCode | 'complete' | 'incomplete'): string {
    if (ours === 'proxy.not_proxy' || ours === 'proxy.v2.version') {
      return 'Received something which does not look like a PROXY protocol header';
    }
    if (ours === 'proxy.v1.protocol' || title.startsWith('v1: UNKNOWN')) {
      return 'Received an unhandled protocol in the PROXY protocol header';
    }
    if (ours === 'incomplete') return 'Truncated PROXY protocol header received';
    return 'Received an invalid PROXY protocol header';
  }

  function loggedReason({ ends }: { readonly ends: Ends }): Promise<string> {
    return haproxy.printed(new RegExp(`refused 127\\.0\\.0\\.1:${ends!.source.port}: (.*)\\n`));
  }

  test.each(titled(listening('127.0.0.1')))('%s', async (_, { title, bytes: header, ours }) => {
    expect(verdict(decodeProxyHeader(bytes(header, REQUEST)))).toBe(ours);
    const taken = await compare(listening('127.0.0.1'), header);
    if (!taken.accepted) expect(await loggedReason(taken)).toBe(refusal(title, ours));
  });

  // 2: "The receiver may be tolerant to partial headers or may simply drop the connection", and tolerance is
  // recommended: HAProxy looks once and has no place to keep them ("since we're using MSG_PEEK").
  test.each(partialHeaders.map((one) => [one.title, one] as const))('%s: waits here, refused there', async (_, one) => {
    const { title, bytes: header, ours } = one;
    expect(verdict(decodeProxyHeader(header))).toBe('incomplete');
    const said = await say({ host: '127.0.0.1', port: ports['127.0.0.1'] }, header, false);
    expect(said.reply).toBe('');
    expect(await loggedReason(said)).toBe(refusal(title, ours));
  });

  describe.each(['::1', 'UNIX'])('over %s', (host) => {
    test.each([
      ['v1, TCP4', encodeProxyV1(ipv4)],
      ['v1, TCP6', encodeProxyV1(ipv6)],
      ['v2, IPv4', encodeProxyV2(ipv4, { crc32c: true })],
      ['v2, IPv6', encodeProxyV2(ipv6, { crc32c: true, alignment: 64 })],
      ['v2, mixed families', encodeProxyV2(mixed)],
    ])('%s', async (_, header) => {
      const path = join(folder, 'accept.sock');
      const place: Place = host === 'UNIX' ? { path } : { host: '::1', port: ports['::1'] };
      const outcome = decodeProxyHeader(header);
      if (outcome.status !== 'complete') throw new Error(outcome.status);
      expectSame(await ask(place, bytes(header, REQUEST)), outcome.value);
    });
  });

  test('generated headers, and changed ones: the same answer, or there is a reason', { timeout: 120_000 }, async () => {
    const compared = await compareGenerated(listening('quiet'), 0x9807, 4000);
    // None of the reasons is there for nothing. Two checksums that are both right for it stand in the cases alone.
    const met = headerCases.map((one) => differenceOf(listening('quiet'), one.bytes));
    expect(met).toContain(reasons.twice);
    expect([reasons.twice, ...Object.keys(compared.differences)].sort()).toEqual(Object.values(reasons).sort());
  });

  describe('and hands on', () => {
    const tlvs = [
      encodeTlv({ name: 'alpn', protocol: 'h2' }),
      encodeTlv({ name: 'authority', authority: 'www.example.com' }),
      encodeTlv({ name: 'unique_id', uniqueId: bytes('id-9') }),
      encodeTlv({ name: 'ssl', client: 1, verify: 0, version: 'TLSv1.3' }),
    ];
    const headers: [string, Uint8Array][] = [
      ['v1, TCP4', encodeProxyV1(ipv4)],
      ['v1, TCP6', encodeProxyV1(ipv6)],
      ['v1, mixed families', encodeProxyV1(mixed)],
      ['v1, UNKNOWN', encodeProxyV1({})],
      ['v2, IPv4', encodeProxyV2(ipv4)],
      ['v2, IPv6', encodeProxyV2(ipv6)],
      ['v2, mixed families', encodeProxyV2(mixed)],
      ['v2, LOCAL', encodeProxyV2({ command: 'LOCAL' })],
      ['v2, LOCAL with TLVs', encodeProxyV2({ command: 'LOCAL', tlvs })],
      ['v2, TLVs', encodeProxyV2({ ...ipv6, tlvs })],
    ];

    /** The id as it comes out of `unique-id-format`, which is for logs: controls but tabs are written as `%1F`. */
    function idOf(id: Uint8Array): Tlv {
      const text = Buffer.from(id).toString('latin1');
      const shown = text.replace(/[\0-\x08\n-\x1f\x7f]/g, (c) => `%${hex(bytes(c)).toUpperCase()}`);
      return encodeTlv({ name: 'unique_id', uniqueId: bytes(shown) });
    }

    /** Expects that both versions say what a header said, and that what came behind it comes behind them. */
    async function expectHandedOn(header: Uint8Array): Promise<void> {
      const given = decodeProxyHeader(header);
      if (given.status !== 'complete') throw new Error(given.status);
      const payload = bytes(header.subarray(given.size), 'payload');
      const { value } = given;
      for (const [port, version] of [[ports.toV1, 1], [ports.toV2, 2]] as const) {
        const [heard, client] = await Promise.all([
          backend.next(),
          say({ host: '127.0.0.1', port }, bytes(header, 'payload')),
        ]);
        const { source, destination, ...rest } = heard.header;
        const ends = isKnown(value) ? value : client.ends;
        expect({ source, destination }).toEqual({ source: ends!.source, destination: ends!.destination });
        expect(rest).toMatchObject({ version, command: 'PROXY', transport: 'stream' });
        expect(hex(heard.payload)).toBe(hex(payload));
        // Of its own: a checksum, and an id although it is empty. What else it was told is gone.
        const told = isKnown(value) ? value.tlvs : [];
        const last = (of: number): Tlv | undefined => told.findLast(({ type }) => type === of);
        const [checksum, ...others] = rest.tlvs;
        expect(checksum?.type).toBe(version === 1 ? undefined : CRC32C);
        const authority = last(AUTHORITY);
        const id = last(UNIQUE_ID)?.value ?? bytes();
        expect(others).toEqual(version === 1 ? [] : [...(authority ? [authority] : []), idOf(id)]);
      }
    }

    test.each(headers)('%s: as v1 and as v2', async (_, header) => {
      await expectHandedOn(header);
    });

    test('generated headers: as v1 and as v2', { timeout: 120_000 }, async () => {
      let count = 0;
      for (const header of fc.sample(proxyHeaders, { seed: 0x9807, numRuns: 1000 })) {
        if (decodeProxyHeader(header).status !== 'complete' || !takes(header)) continue;
        await expectHandedOn(header);
        count++;
      }
      expect(count).toBeGreaterThan(500);
    });
  });
});
