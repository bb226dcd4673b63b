/**
 * HAProxy, whose protocol it is: what it sends is read here, and what is written here it takes. Where it and the
 * decoder disagree, there is a reason. All of it is pinned for version 2.6, that of Debian 12.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { decodeProxyHeader, decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv, readSsl } from 'preread/proxy';
import type { DecodedTlv, ProxyCode, ProxyHeader } from 'preread/proxy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes } from '../vectors/build.ts';
import { compareMutated, headerCases, ipv4, ipv6, mixed, partialHeaders } from './proxy-headers.ts';
import { printed, REQUEST, respelled, tlvTypes, verdict } from './proxy-headers.ts';
import type { Outcome, Taken } from './proxy-headers.ts';
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

  async function ask(place: Place, header: Uint8Array): Promise<Answer> {
    const { ends, reply } = await say(place, bytes(header, REQUEST));
    const [, body] = /^HTTP\/1\.[01] 200 OK\r\n[^]*?\r\n\r\n([^]*)$/.exec(reply) ?? [];
    const [read = '', authority = '', uniqueId = '', wasReceived] = body?.split('|') ?? [];
    if (body !== undefined) expect(wasReceived).toBe('1');
    return { ends, accepted: reply !== '', read: body === undefined ? undefined : { ends: read, authority, uniqueId } };
  }

  /** Expects that HAProxy read the same in a header that it took. */
  function expectSame({ ends, read }: Answer, header: ProxyHeader): void {
    // Without endpoints, those of the connection itself are to be used.
    expect(respelled(read!.ends)).toBe(printed(header) ?? printed(ends!));
    // It reads no TLVs of LOCAL, and of two of a type the last one.
    const tlvs = header.command === 'PROXY' ? header.tlvs : [];
    const last = (of: number): string => hex(tlvs.findLast(({ type }) => type === of)?.value ?? new Uint8Array());
    expect(read!.authority.toLowerCase()).toBe(last(AUTHORITY));
    expect(read!.uniqueId.toLowerCase()).toBe(last(UNIQUE_ID));
  }

  // In quotation marks: the words of the PROXY protocol, with their section in front.
  const authority = '2.2.2 gives no limit; HAProxy holds 255 bytes (PP2_AUTHORITY_MAX)';
  const udpOrUnix =
    '2.2: a receiver "automatically falls back to the UNSPEC mode for the valid combinations" that it does not know; ' +
    'HAProxy reads the signature as TLVs, which fails';
  const unspec =
    '2.2: "the receiver is free to accept the connection anyway and use the real endpoints addresses or to reject"';
  const ignored = '2.1: of UNKNOWN "the receiver must ignore anything presented before the CRLF"';

  /** What is accepted here and refused there, with the rule. */
  const refusedThere: Readonly<Record<string, string>> = {
    'v1: UNKNOWN with addresses': ignored,
    'v1: UNKNOWN with any text': ignored,
    'v1: UNKNOWN, 107 bytes long': ignored,
    'v2: UDP over IPv4': udpOrUnix,
    'v2: UDP over IPv6': udpOrUnix,
    'v2: UNIX stream': udpOrUnix,
    'v2: UNIX datagram': udpOrUnix,
    'v2: UNSPEC': unspec,
    'v2: UNSPEC with TLVs': unspec,
    'v2: IPv4, but UNSPEC as transport': unspec,
    'v2: STREAM, but UNSPEC as family': unspec,
    'TLVs: AUTHORITY of 256 bytes': authority,
  };

  const octets =
    '2.1: "exactly 4 integers in the range [0..255]", without leading zeros; HAProxy takes any digits and dots in ' +
    'front of a space for some address';
  const addresses = `${octets}; an IPv6 address ends at a NUL`;
  const port =
    '2.1: "a decimal integer in the range [0..65535]", without leading zeros; HAProxy takes any digits or none, ' +
    'modulo 65536';
  const exactly = '2.1: "any sequence which does not exactly match the protocol must be discarded"';
  const endless =
    '2.1: "must not tolerate a single CR or LF character"; behind TCP6 and four words HAProxy looks for a CRLF, into ' +
    'the request too';
  const nested = '2.2.6: sub-TLVs are within SSL; HAProxy does not look into it';

  /** What is refused here and accepted there, with the rule. */
  const takenThere: Readonly<Record<string, string>> = {
    'v1: zeros in front of an octet': octets,
    'v1: octet 256': octets,
    'v1: three octets': octets,
    'v1: an empty octet': octets,
    'v1: an address that is an integer': octets,
    'v1: one word more in TCP6': `${exactly}; HAProxy reads four words, whatever follows`,
    'v1: a space at the end of TCP6': exactly,
    'v1: LF behind a space in TCP6': endless,
    'v1: a NUL behind an IPv6 address': addresses,
    'v1: zeros in front of a port': port,
    'v1: port 65536': port,
    'v1: port 65536 in TCP6': port,
    'v1: an empty port': port,
    'v1: empty ports in TCP6': port,
    'v1: 108 bytes': `2.1: invalid without CRLF "in the first 107 characters"; ${port}`,
    'TLVs: CRC32C twice': '2.2.3 knows one; HAProxy checks one after the other, with those in front of it as zero',
    'TLVs: padding to 4097 bytes': 'a limit of ours, to be raised by maxBytes; that of HAProxy is tune.bufsize, 16384',
    'TLVs: SSL of four bytes': nested,
    'TLVs: SSL with a sub-TLV that overruns': nested,
  };

  test('all differences are about headers that are asked about', () => {
    const titles = headerCases.map(({ title }) => title);
    expect(titles).toEqual([...new Set(titles)]);
    expect(titles).toEqual(expect.arrayContaining([...Object.keys(refusedThere), ...Object.keys(takenThere)]));
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

  test.each(headerCases.map((one) => [`${one.title}: ${one.ours} here`, one] as const))('%s', async (_, one) => {
    const { title, bytes: header, ours } = one;
    const outcome = decodeProxyHeader(bytes(header, REQUEST));
    expect(verdict(outcome)).toBe(ours);
    const taken = await ask({ host: '127.0.0.1', port: ports['127.0.0.1'] }, header);
    const difference = ours === 'complete' ? refusedThere[title] : takenThere[title];
    expect(taken.accepted).toBe((outcome.status === 'complete') === (difference === undefined));
    if (!taken.accepted) expect(await loggedReason(taken)).toBe(refusal(title, ours));
    else if (outcome.status === 'complete') expectSame(taken, outcome.value);
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
      expectSame(await ask(place, header), outcome.value);
    });
  });

  test('mutated headers: the same answer, or there is a reason', { timeout: 120_000 }, async () => {
    /** Why HAProxy takes what is refused here with this code. */
    const lenient: Partial<Record<ProxyCode, string>> = {
      'proxy.v1.source_address': addresses,
      'proxy.v1.destination_address': addresses,
      'proxy.v1.source_port': port,
      'proxy.v1.destination_port': port,
      'proxy.v1.length': port,
      'proxy.v1.crlf': endless,
      'proxy.ssl.length': nested,
    };
    /** Why HAProxy refuses what is accepted here. */
    const strict = (header: ProxyHeader): string | undefined => {
      if (header.version === 1) return header.source === undefined ? ignored : undefined;
      if (header.command === 'LOCAL') return undefined;
      if (header.source === undefined) return unspec;
      if (header.transport === 'datagram' || header.source.family === 'unix') return udpOrUnix;
      const tooLong = header.tlvs.some(({ type, value }) => type === AUTHORITY && value.length > 255);
      return tooLong ? authority : undefined;
    };

    const reasonFor = (outcome: Outcome): string | undefined => {
      if (outcome.status === 'complete') return strict(outcome.value);
      return outcome.status === 'malformed' ? lenient[outcome.code] : undefined;
    };
    const quiet: Place = { host: '127.0.0.1', port: ports.quiet };
    const met = await compareMutated({ ask: (header) => ask(quiet, header), expectSame, reasonFor }, 0x9807, 3000);
    // None of the reasons is there for nothing.
    const all = [...Object.values(lenient), ignored, unspec, udpOrUnix, authority];
    expect(met.sort()).toEqual([...new Set(all)].sort());
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

    const handedOn = [AUTHORITY, UNIQUE_ID];
    const noId = encodeTlv({ name: 'unique_id', uniqueId: new Uint8Array() });

    test.each(headers)('%s: as v1 and as v2', async (_, header) => {
      const given = decodeProxyHeader(header);
      if (given.status !== 'complete') throw new Error(given.status);
      for (const [to, version] of [[ports.toV1, 1], [ports.toV2, 2]] as const) {
        const [heard, client] = await Promise.all([
          backend.next(),
          say({ host: '127.0.0.1', port: to }, bytes(header, 'payload')),
        ]);
        const { source, destination, ...rest } = heard.header;
        const ends = given.value.source === undefined ? client.ends : given.value;
        expect({ source, destination }).toEqual({ source: ends!.source, destination: ends!.destination });
        expect(rest).toMatchObject({ version, command: 'PROXY', transport: 'stream' });
        expect(Buffer.from(heard.payload).toString()).toBe('payload');
        // Of its own: a checksum, and an id although it is empty. What else it was told is gone.
        const told = given.value.command === 'PROXY' ? given.value.tlvs : [];
        const kept = told.filter(({ type }) => handedOn.includes(type));
        const [checksum, ...others] = rest.tlvs;
        expect(checksum?.type).toBe(version === 1 ? undefined : CRC32C);
        expect(others).toEqual(version === 1 ? [] : kept.length > 0 ? kept : [noId]);
      }
    });
  });
});
