/**
 * Servers of other makers, asked by `probeTls`: each takes the hello that is written here, and what it answers is read.
 * All of it is pinned for OpenSSL 3.0, nginx 1.22 and HAProxy 2.6, those of Debian 12.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { probeTls } from 'preread/node';
import type { ProbeOptions, TlsProbe } from 'preread/node';
import { cipherSuites, nameOf, versions } from 'preread/tls/names';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listenOnLoopback } from './listener.ts';
import { freePort } from './proxy-listener.ts';
import { describeWith, makeFolder, nginxStreamModule, run, start } from './programs.ts';
import type { Started } from './programs.ts';
import { nginxFolders, startHaproxy, startNginx } from './servers.ts';

type Asked = Omit<Partial<ProbeOptions>, 'host' | 'port'>;

const TLS12: Asked = { versions: [0x0303] };
const TLS13: Asked = { versions: [0x0304] };
const GOOD: Asked = { serverName: 'good.example' };
const OTHER: Asked = { serverName: 'other.example' };
const X25519MLKEM768 = 0x11ec;

/** In milliseconds. Servers have been seen to take hundreds on a machine that is busy elsewhere. */
const timeout = 20_000;

const probeAt = (port: number, asked: Asked): Promise<TlsProbe> => probeTls({ host: '127.0.0.1', port, timeout, ...asked });

const healthy = { healthy: true, reachable: true, reason: undefined, alert: undefined };
const refused = (description: string): object => ({
  ...{ healthy: false, reachable: true, reason: description, alert: description, version: undefined },
  answer: { kind: 'alert', level: 'fatal', description, warnings: [] },
});

/** A certificate with its key, as paths; the key behind it in `both`. */
interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly both: string;
  readonly der: Uint8Array;
}

interface Identities {
  readonly good: Identity;
  readonly standIn: Identity;
  readonly rsa: Identity;
  /** Issued by that of `ca`. */
  readonly issued: Identity;
  readonly ca: Identity;
}

async function openssl(...args: string[]): Promise<string> {
  const { status, output } = await run('openssl', args);
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
  return output;
}

async function makeIdentities(folder: string): Promise<Identities> {
  const p256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const make = async (title: string, name: string, key: string[] = p256, ...issuer: string[]): Promise<Identity> => {
    const file = (ending: string): string => join(folder, `${title}.${ending}`);
    const out = ['-keyout', file('key'), '-out', file('pem')];
    const named = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    await openssl('req', '-x509', '-nodes', '-days', '2', '-newkey', ...key, ...named, ...out, ...issuer);
    writeFileSync(file('both'), `${readFileSync(file('pem'), 'utf8')}${readFileSync(file('key'), 'utf8')}`);
    await openssl('x509', '-in', file('pem'), '-outform', 'der', '-out', file('der'));
    return { cert: file('pem'), key: file('key'), both: file('both'), der: new Uint8Array(readFileSync(file('der'))) };
  };
  const good = await make('good', 'good.example');
  const ca = await make('ca', 'ca.example');
  return {
    good,
    ca,
    standIn: await make('stand-in', 'stand-in.example'),
    rsa: await make('rsa', 'rsa.example', ['rsa:2048']),
    issued: await make('issued', 'issued.example', p256, '-CA', ca.cert, '-CAkey', ca.key),
  };
}

/** For several suites, once the first one that runs needs them. */
let identities: Identities;
let remove = (): void => {};
beforeAll(async () => {
  const made = makeFolder();
  remove = made.remove;
  // Where it is missing, all that needs it is skipped.
  identities = await makeIdentities(made.folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined as unknown as Identities;
    throw error;
  });
});
afterAll(() => remove());

/** What `openssl s_client` says of a server: version and cipher suite, by their names in the registries. */
async function reportOf(port: number, asked: Asked): Promise<{ version: string; cipherSuite: string }> {
  const name = asked.serverName === undefined ? ['-noservername'] : ['-servername', asked.serverName];
  const { output } = await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...name]);
  const [, version, cipher] = /New, TLSv([\d.]+), Cipher is (\S+)/.exec(output) ?? [];
  // "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 - ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2 Kx=…"
  const known = await openssl('ciphers', '-stdname', '-s', 'ALL:@SECLEVEL=0');
  const [, registered] = new RegExp(`^(\\S+) +- ${cipher} `, 'm').exec(known) ?? [];
  if (registered === undefined) throw new Error(`no ${cipher} in ${output}`);
  // OpenSSL spells the version of the cipher suite there; that of the connection stands in the session.
  const [, protocol = version] = /Protocol {2}: TLSv([\d.]+)/.exec(output) ?? [];
  return { version: `TLS ${protocol!.includes('.') ? protocol : `${protocol}.0`}`, cipherSuite: registered };
}

const namesIn = ({ version, cipherSuite }: TlsProbe): object => ({
  version: nameOf(versions, version!),
  cipherSuite: nameOf(cipherSuites, cipherSuite!),
});

/** Has a request served, as a client does that goes on with the handshake: that a server would have told of it. */
function request(port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false, agent: false };
    get(options, (response) => resolve(response.resume())).on('error', reject);
  });
}

describeWith(['openssl'], 'openssl s_server', () => {
  /** What it prints of a handshake that is complete. */
  const COMPLETED = 'BEGIN SSL SESSION PARAMETERS';

  /** Lets `use` ask a server with the certificate of `good`, unless another is among `args`. */
  async function serving<T>(args: string[], use: (port: number, server: Started) => Promise<T>): Promise<[T, string]> {
    const { good } = identities;
    const own = args.includes('-cert') || args.includes('-nocert') ? [] : ['-cert', good.cert, '-key', good.key];
    // It keeps reading its input, and would take the end of it as the wish to stop.
    const server = start('openssl', ['s_server', '-accept', '127.0.0.1:0', '-msg', ...own, ...args], 'pipe');
    try {
      const port = await server.printed(/ACCEPT 127\.0\.0\.1:(\d+)/);
      const result = await use(Number(port), server);
      await server.stop();
      return [result, (await server.ended).output];
    } finally {
      await server.stop();
    }
  }

  /** Probes a server of its own, which must not have come to the end of a handshake. */
  async function ask(args: string[], asked: Asked = {}): Promise<TlsProbe> {
    const [probe, output] = await serving(args, async (port, server) => {
      const answer = await probeAt(port, asked);
      // It says so once it has noticed that the connection is over; of its threads there is one.
      await server.printed(/ERROR|CONNECTION FAILURE|shutting down SSL/);
      return answer;
    });
    expect(output).not.toContain(COMPLETED);
    expect(output).toMatch(/<<< TLS [\d.]+, Handshake \[length [\da-f]+\], ClientHello/);
    expect(output).not.toMatch(/<<< .*(?:ClientKeyExchange|Finished)/);
    return probe;
  }

  test.each<[string, string[], Asked, object]>([
    ['TLS 1.3', ['-tls1_3'], {}, { version: 0x0304, answer: { kind: 'server_hello', group: 29, certificates: [] } }],
    ['TLS 1.3 alone', [], TLS13, { version: 0x0304, answer: { kind: 'server_hello', group: 29 } }],
    ['TLS 1.2', ['-tls1_2'], {}, { version: 0x0303, answer: { kind: 'server_hello' } }],
    ['TLS 1.2 alone', [], TLS12, { version: 0x0303, answer: { kind: 'server_hello' } }],
    ['TLS 1.1', ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'], { versions: [0x0302] }, { version: 0x0302 }],
    ['TLS 1.0', ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0'], { versions: [0x0302, 0x0301] }, { version: 0x0301 }],
    // Which it does not know, and asks for another.
    ['X25519MLKEM768 first', [], { groups: [X25519MLKEM768, 29, 23] }, { version: 0x0304, answer: { kind: 'server_hello', group: 29 } }],
    ['X25519MLKEM768 first, TLS 1.2', ['-tls1_2'], { groups: [X25519MLKEM768, 29, 23] }, { version: 0x0303 }],
    ['secp256r1', [], { groups: [23] }, { answer: { kind: 'server_hello', group: 23 } }],
    ['secp384r1', [], { groups: [24] }, { answer: { kind: 'server_hello', group: 24 } }],
    ['secp521r1, of which there is no key', [], { groups: [25] }, { answer: { kind: 'hello_retry_request', group: 25 } }],
    ['no key share', [], { keyShares: [] }, { answer: { kind: 'hello_retry_request', group: 29 } }],
    ['a group that is not the first', ['-groups', 'P-384'], {}, { answer: { kind: 'server_hello', group: 24 } }],
    ['a group without a ready key', ['-groups', 'P-521'], {}, { answer: { kind: 'hello_retry_request', group: 25 } }],
    ['a session id of no bytes', ['-tls1_3'], { sessionId: new Uint8Array(0) }, { answer: { sessionId: new Uint8Array(0) } }],
    ['a name and protocols', [], { ...GOOD, alpnProtocols: ['h2', 'http/1.1'] }, { version: 0x0304 }],
    ['a hello of four records', [], { extensions: [{ type: 21, data: new Uint8Array(60_000) }] }, { version: 0x0304 }],
    ['127 versions', [], { versions: [0x0304, ...Array.from({ length: 126 }, (_, i) => 0x0a0a + i)] }, { version: 0x0304 }],
  ])('%s', async (_, args, asked, expected) => {
    expect(await ask(args, asked)).toMatchObject({ ...healthy, ...expected });
  });

  test('a cookie', async () => {
    const probe = await ask(['-tls1_3', '-stateless']);
    expect(probe).toMatchObject({ ...healthy, answer: { kind: 'hello_retry_request' } });
    expect((probe.answer as { cookie?: Uint8Array }).cookie?.length).toBeGreaterThan(32);
  });

  test('TLS 1.2: its certificate, of which every byte is in the file', async () => {
    const { good, rsa, issued, ca } = identities;
    const certificatesOf = async (...args: string[]): Promise<unknown> => {
      const { answer } = await ask(['-tls1_2', ...args]);
      return answer?.kind === 'server_hello' && answer.certificates;
    };
    expect(await certificatesOf()).toEqual([good.der]);
    expect(await certificatesOf('-cert', rsa.cert, '-key', rsa.key)).toEqual([rsa.der]);
    const chain = await certificatesOf('-cert', issued.cert, '-key', issued.key, '-cert_chain', ca.cert);
    expect(chain).toEqual([issued.der, ca.der]);
    expect(new X509Certificate(issued.der).checkIssued(new X509Certificate(ca.der))).toBe(true);
  });

  test('TLS 1.2 without certificates', async () => {
    const anonymous: Asked = { ...TLS12, cipherSuites: [0xc018] };
    expect(await ask(['-nocert', '-cipher', 'aNULL@SECLEVEL=0'], anonymous)).toMatchObject({
      ...{ ...healthy, version: 0x0303, cipherSuite: 0xc018 },
      answer: { kind: 'server_hello', certificates: [] },
    });
  });

  // Every cipher suite of the default is one that it takes.
  test.each<[string, 'good' | 'rsa', Asked, number[]]>([
    ['TLS 1.3', 'good', TLS13, [0x1301, 0x1302, 0x1303]],
    ['TLS 1.2 with ECDSA', 'good', TLS12, [0xc02b, 0xc02c, 0xcca9, 0xc009, 0xc00a]],
    ['TLS 1.2 with RSA', 'rsa', TLS12, [0xc02f, 0xc030, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035]],
  ])('each cipher suite alone: %s', async (_, who, asked, suites) => {
    const { cert, key } = identities[who];
    const [probes] = await serving(['-cert', cert, '-key', key, '-cipher', 'ALL'], async (port) => {
      const found: TlsProbe[] = [];
      for (const suite of suites) found.push(await probeAt(port, { ...asked, cipherSuites: [suite] }));
      return found;
    });
    expect(probes.map(({ cipherSuite, reason }) => reason ?? cipherSuite)).toEqual(suites);
  });

  test('TLS 1.2, the protocol that it selects', async () => {
    const args = ['-tls1_2', '-alpn', 'h2,http/1.1'];
    for (const alpnProtocols of [['http/1.1'], ['http/1.1', 'h2'], ['x', 'h2']]) {
      const selected = alpnProtocols.includes('h2') ? 'h2' : 'http/1.1';
      expect(await ask(args, { alpnProtocols })).toMatchObject({ ...healthy, answer: { alpnProtocol: selected } });
    }
    expect(await ask(args)).toMatchObject({ ...healthy, answer: { alpnProtocol: undefined } });
  });

  describe('refuses', () => {
    test.each<[string, string, string[], Asked]>([
      ['no protocol in common', 'no_application_protocol', ['-alpn', 'acme-tls/1'], { alpnProtocols: ['h2'] }],
      ['no protocol in common, TLS 1.2', 'no_application_protocol', ['-alpn', 'acme-tls/1', '-tls1_2'], { alpnProtocols: ['h2'] }],
      ['TLS 1.2 against TLS 1.3', 'protocol_version', ['-tls1_2'], TLS13],
      ['TLS 1.3 against TLS 1.2', 'protocol_version', ['-tls1_3'], TLS12],
      ['neither TLS 1.2 nor TLS 1.3', 'protocol_version', ['-no_tls1_2', '-no_tls1_3'], {}],
      ['no cipher in common', 'handshake_failure', ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'], {}],
      ['no group in common', 'handshake_failure', ['-tls1_3', '-groups', 'P-521'], { groups: [29] }],
      ['a key share that is none', 'illegal_parameter', ['-tls1_3'], { groups: [23], keyShares: [{ group: 23, keyExchange: new Uint8Array(65).fill(4) }] }],
    ])('%s: %s', async (_, reason, args, asked) => {
      expect(await ask(args, asked)).toMatchObject(refused(reason));
    });
  });

  describe('with a name', () => {
    const named = (): string[] => {
      const { good } = identities;
      return ['-servername', 'good.example', '-cert2', good.cert, '-key2', good.key];
    };
    const standIn = (): string[] => ['-cert', identities.standIn.cert, '-key', identities.standIn.key];

    test.each([
      ['TLS 1.3', TLS13],
      ['TLS 1.2', TLS12],
    ])('another is refused with -servername_fatal: %s', async (_, asked) => {
      const args = [...standIn(), ...named(), '-servername_fatal'];
      expect(await ask(args, { ...asked, ...OTHER })).toMatchObject(refused('unrecognized_name'));
      expect(await ask(args, { ...asked, ...GOOD })).toMatchObject(healthy);
      // It is only about names that are there.
      expect(await ask(args, asked)).toMatchObject(healthy);
    });

    test('another is warned of without: healthy, and the warning is told in TLS 1.2', async () => {
      const args = [...standIn(), ...named()];
      expect(await ask(args, { ...TLS12, ...OTHER })).toMatchObject({
        ...{ ...healthy, alert: 'unrecognized_name', version: 0x0303 },
        answer: { kind: 'server_hello', warnings: ['unrecognized_name'], certificates: [identities.standIn.der] },
      });
      // RFC 8446 6: there are no such warnings in TLS 1.3.
      expect(await ask(args, { ...TLS13, ...OTHER })).toMatchObject({ ...healthy, answer: { warnings: [] } });
    });

    test('the certificate is that of the name', async () => {
      const args = [...standIn(), ...named(), '-tls1_2'];
      expect(await ask(args, GOOD)).toMatchObject({ ...healthy, answer: { certificates: [identities.good.der], warnings: [] } });
      expect(await ask(args)).toMatchObject({ ...healthy, answer: { certificates: [identities.standIn.der] } });
    });
  });

  test.each([
    ['TLS 1.3', ['-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256']],
    ['TLS 1.2', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA']],
  ])('says the same to openssl s_client, which does complete a handshake: %s', async (_, args) => {
    const [[probe, report], output] = await serving(args, async (port) => {
      return [await probeAt(port, {}), await reportOf(port, {})] as const;
    });
    expect(namesIn(probe)).toEqual(report);
    expect(output.split(COMPLETED)).toHaveLength(2);
  });
});

describeWith(['openssl'], 'a node:tls server', () => {
  /** Probes a server, which must not come to serve anybody. */
  async function ask(options: TlsOptions, asked: Asked): Promise<TlsProbe> {
    const { cert, key } = identities.good;
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), ...options });
    let served = 0;
    server.on('secureConnection', () => served++);
    const failed = new Promise((resolve) => server.once('tlsClientError', resolve));
    const close = await listenOnLoopback(server);
    try {
      const probe = await probeAt(close.port, asked);
      await failed;
      expect(served).toBe(0);
      return probe;
    } finally {
      await close();
    }
  }

  test.each<[string, TlsOptions, Asked, object]>([
    ['TLS 1.3', {}, GOOD, { version: 0x0304, answer: { kind: 'server_hello', group: 29 } }],
    ['TLS 1.2', {}, { ...TLS12, ...GOOD }, { version: 0x0303, answer: { kind: 'server_hello' } }],
    ['X25519MLKEM768 first', {}, { groups: [X25519MLKEM768, 29] }, { version: 0x0304, answer: { group: expect.toBeOneOf([X25519MLKEM768, 29]) } }],
    ['the protocol, in TLS 1.2', { ALPNProtocols: ['h2'] }, { ...TLS12, alpnProtocols: ['h2'] }, { answer: { alpnProtocol: 'h2' } }],
  ])('%s', async (_, options, asked, expected) => {
    expect(await ask(options, asked)).toMatchObject({ ...healthy, ...expected });
  });

  test('its certificate, in TLS 1.2', async () => {
    expect(await ask({ maxVersion: 'TLSv1.2' }, {})).toMatchObject({ ...healthy, answer: { certificates: [identities.good.der] } });
  });

  test('an SNICallback that fails hangs up without a word', async () => {
    const SNICallback: TlsOptions['SNICallback'] = (name, done) => done(new Error(`no such name: ${name}`));
    expect(await ask({ SNICallback }, OTHER)).toMatchObject({ healthy: false, reachable: true, reason: 'end', alert: undefined });
    expect(await ask({ SNICallback }, {})).toMatchObject(healthy);
  });
});

describeWith(['nginx', nginxStreamModule, 'openssl'], 'nginx', () => {
  let own: string;
  let removeOwn = (): void => {};
  let nginx: Started;
  let ports: { readonly one: number; readonly old: number; readonly rejecting: number; readonly quiet: number };

  beforeAll(async () => {
    ({ folder: own, remove: removeOwn } = makeFolder());
    const { good, standIn, issued, ca } = identities;
    const chain = join(own, 'chain.pem');
    writeFileSync(chain, readFileSync(issued.cert, 'utf8') + readFileSync(ca.cert, 'utf8'));
    nginx = await startNginx(own, async () => {
      ports = { one: await freePort(), old: await freePort(), rejecting: await freePort(), quiet: await freePort() };
      return `
        http {
          log_format served 'served $server_port';
          access_log access.log served;
          ${nginxFolders}
          server {
            listen 127.0.0.1:${ports.one} ssl http2;
            ssl_certificate ${standIn.cert};
            ssl_certificate_key ${standIn.key};
            ssl_protocols TLSv1.2 TLSv1.3;
            return 204;
          }
          server {
            listen 127.0.0.1:${ports.quiet} ssl;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_certificate ${standIn.cert};
            ssl_certificate_key ${standIn.key};
            return 204;
          }
          server {
            listen 127.0.0.1:${ports.old} ssl;
            ssl_certificate ${chain};
            ssl_certificate_key ${issued.key};
            ssl_protocols TLSv1.2;
            ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305;
            return 204;
          }
          server {
            listen 127.0.0.1:${ports.rejecting} ssl default_server;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_reject_handshake on;
          }
          server {
            listen 127.0.0.1:${ports.rejecting} ssl;
            server_name good.example;
            ssl_certificate ${good.cert};
            ssl_certificate_key ${good.key};
            return 204;
          }
        }`;
    });
  });
  afterAll(async () => {
    await nginx?.stop();
    removeOwn();
  });

  const ask = (which: keyof typeof ports, asked: Asked): Promise<TlsProbe> => probeAt(ports[which], asked);

  test.each<[string, keyof typeof ports, Asked, object]>([
    ['TLS 1.3', 'one', {}, { version: 0x0304, answer: { kind: 'server_hello', group: 29 } }],
    ['TLS 1.3 with any name', 'one', OTHER, { version: 0x0304 }],
    ['TLS 1.2, with a protocol', 'one', { ...TLS12, alpnProtocols: ['http/1.1', 'h2'] }, { version: 0x0303, answer: { alpnProtocol: 'h2' } }],
    ['TLS 1.2 alone', 'old', {}, { version: 0x0303, cipherSuite: 0xcca9 }],
    ['X25519MLKEM768 first', 'one', { groups: [X25519MLKEM768, 29] }, { answer: { kind: 'server_hello', group: 29 } }],
    ['the name that it serves', 'rejecting', GOOD, { version: 0x0304 }],
    ['the name that it serves, as one may write it', 'rejecting', { serverName: 'Good.Example.' }, { version: 0x0304 }],
    ['the name that it serves, TLS 1.2', 'rejecting', { ...GOOD, ...TLS12 }, { version: 0x0303 }],
  ])('%s', async (_, which, asked, expected) => {
    expect(await ask(which, asked)).toMatchObject({ ...healthy, ...expected });
  });

  test('its certificates, in TLS 1.2', async () => {
    const { good, standIn, issued, ca } = identities;
    expect(await ask('one', TLS12)).toMatchObject({ answer: { certificates: [standIn.der] } });
    expect(await ask('old', TLS12)).toMatchObject({ answer: { certificates: [issued.der, ca.der] } });
    expect(await ask('rejecting', { ...TLS12, ...GOOD })).toMatchObject({ answer: { certificates: [good.der] } });
  });

  test.each<[string, string, keyof typeof ports, Asked]>([
    ['another name', 'unrecognized_name', 'rejecting', OTHER],
    ['another name, TLS 1.2', 'unrecognized_name', 'rejecting', { ...OTHER, ...TLS12 }],
    ['no name', 'unrecognized_name', 'rejecting', {}],
    ['no name, TLS 1.2', 'unrecognized_name', 'rejecting', TLS12],
    ['TLS 1.3 where it has only TLS 1.2', 'protocol_version', 'old', TLS13],
    ['no cipher in common', 'handshake_failure', 'old', { ...TLS12, cipherSuites: [0xc02b] }],
    ['no protocol in common', 'no_application_protocol', 'one', { alpnProtocols: ['acme-tls/1'] }],
  ])('refuses %s: %s', async (_, reason, which, asked) => {
    expect(await ask(which, asked)).toMatchObject(refused(reason));
  });

  test('says the same to openssl s_client', async () => {
    expect(namesIn(await ask('old', {}))).toEqual(await reportOf(ports.old, {}));
    const suite = { ...GOOD, cipherSuites: [0x1302] };
    expect(namesIn(await ask('rejecting', suite))).toEqual(await reportOf(ports.rejecting, GOOD));
  });

  test('by its own account it never came to the end of a handshake', async () => {
    const aborted = `peer closed connection in SSL handshake [^\\n]*while SSL handshaking[^\\n]*:${ports.quiet}\\n`;
    for (const asked of [TLS13, TLS12]) expect((await ask('quiet', asked)).healthy).toBe(true);
    await nginx.printed(new RegExp(`${aborted}[^]*${aborted}`));
    // It would have told of a request.
    await request(ports.quiet);
    await nginx.stop();
    expect(readFileSync(join(own, 'access.log'), 'utf8')).toBe(`served ${ports.quiet}\n`);
  });
});

describeWith(['haproxy', 'openssl'], 'HAProxy', () => {
  let own: string;
  let removeOwn = (): void => {};
  let haproxy: Started;
  let ports: { readonly one: number; readonly old: number; readonly strict: number; readonly quiet: number };

  beforeAll(async () => {
    ({ folder: own, remove: removeOwn } = makeFolder());
    const { good, standIn } = identities;
    haproxy = await startHaproxy(own, async () => {
      ports = { one: await freePort(), old: await freePort(), strict: await freePort(), quiet: await freePort() };
      const frontend = (name: keyof typeof ports, bind: string): string => `
      frontend ${name}
        mode http
        log-format "served on %f"
        error-log-format "%f:%fp: %[fc_err_str], %[ssl_fc_err_str]"
        bind 127.0.0.1:${ports[name]} ssl ${bind}
        http-request return status 204
      `;
      return [
        frontend('one', `crt ${standIn.both} alpn h2,http/1.1`),
        frontend('quiet', `crt ${standIn.both}`),
        frontend('old', `crt ${standIn.both} ssl-max-ver TLSv1.2 ciphers ECDHE-ECDSA-AES256-GCM-SHA384`),
        frontend('strict', `crt ${standIn.both} crt ${good.both} strict-sni`),
      ].join('');
    });
  });
  afterAll(async () => {
    await haproxy?.stop();
    removeOwn();
  });

  const ask = (which: keyof typeof ports, asked: Asked): Promise<TlsProbe> => probeAt(ports[which], asked);

  test.each<[string, keyof typeof ports, Asked, object]>([
    ['TLS 1.3', 'one', {}, { version: 0x0304, answer: { kind: 'server_hello', group: 29 } }],
    ['TLS 1.3 with any name', 'one', OTHER, { version: 0x0304 }],
    ['TLS 1.2, with a protocol', 'one', { ...TLS12, alpnProtocols: ['http/1.1', 'h2'] }, { version: 0x0303, answer: { alpnProtocol: 'h2' } }],
    ['TLS 1.2 alone', 'old', {}, { version: 0x0303, cipherSuite: 0xc02c }],
    ['X25519MLKEM768 first', 'one', { groups: [X25519MLKEM768, 29] }, { answer: { kind: 'server_hello', group: 29 } }],
    ['a name that it serves', 'strict', GOOD, { version: 0x0304 }],
    ['a name that it serves, as one may write it', 'strict', { serverName: 'GOOD.example.' }, { version: 0x0304 }],
    ['another name that it serves, TLS 1.2', 'strict', { serverName: 'stand-in.example', ...TLS12 }, { version: 0x0303 }],
  ])('%s', async (_, which, asked, expected) => {
    expect(await ask(which, asked)).toMatchObject({ ...healthy, ...expected });
  });

  test('the certificate is that of the name, in TLS 1.2', async () => {
    const { good, standIn } = identities;
    expect(await ask('one', { ...TLS12, ...GOOD })).toMatchObject({ answer: { certificates: [standIn.der] } });
    expect(await ask('strict', { ...TLS12, ...GOOD })).toMatchObject({ answer: { certificates: [good.der] } });
    const other: Asked = { ...TLS12, serverName: 'stand-in.example' };
    expect(await ask('strict', other)).toMatchObject({ answer: { certificates: [standIn.der] } });
  });

  test.each<[string, string, keyof typeof ports, Asked]>([
    ['another name, with strict-sni', 'unrecognized_name', 'strict', OTHER],
    ['another name, with strict-sni, TLS 1.2', 'unrecognized_name', 'strict', { ...OTHER, ...TLS12 }],
    ['no name, with strict-sni', 'unrecognized_name', 'strict', {}],
    ['no name, with strict-sni, TLS 1.2', 'unrecognized_name', 'strict', TLS12],
    ['TLS 1.3 where it has only TLS 1.2', 'protocol_version', 'old', TLS13],
    ['no cipher in common', 'handshake_failure', 'old', { ...TLS12, cipherSuites: [0xc02b] }],
  ])('refuses %s: %s', async (_, reason, which, asked) => {
    expect(await ask(which, asked)).toMatchObject(refused(reason));
  });

  test('no protocol in common: it goes on without', async () => {
    const probe = await ask('one', { ...TLS12, alpnProtocols: ['acme-tls/1'] });
    expect(probe).toMatchObject({ ...healthy, answer: { alpnProtocol: undefined } });
  });

  test('says the same to openssl s_client', async () => {
    for (const [which, asked] of [['one', {}], ['old', {}], ['strict', GOOD]] as const) {
      expect(namesIn(await ask(which, asked))).toEqual(await reportOf(ports[which], asked));
    }
  });

  test('by its own account it never came to the end of a handshake', async () => {
    for (const asked of [TLS13, TLS12]) expect((await ask('quiet', asked)).healthy).toBe(true);
    await haproxy.printed(/quiet:\d+: SSL handshake failure[^]*quiet:\d+: SSL handshake failure/);
    // It would have told of a request.
    await request(ports.quiet);
    await haproxy.printed(/served on quiet/);
    await haproxy.stop();
    expect((await haproxy.ended).output.match(/served on .*/g)).toEqual(['served on quiet']);
  });
});
