/** What real clients say when asked for a certain name, ALPN and version, and what is read in it. */
import { createServer as createTlsServer, connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeExtension, isGrease } from 'preread/tls';
import type { ClientHello, DecodedExtension, ServerName } from 'preread/tls';
import { describe, expect, test } from 'vitest';
import { listenOnLoopback, meet } from './listener.ts';
import { describeWith, makeCertificate, run, start, temporaryFolder } from './programs.ts';
import type { Run } from './programs.ts';

const TLS_1_0 = 0x0301;
const TLS_1_1 = 0x0302;
const TLS_1_2 = 0x0303;
const TLS_1_3 = 0x0304;

const dns = (host: string): ServerName => ({ kind: 'dns', host });

/** The extension of this name, with all the others checked to be decodable too. */
function extensionOf<Name extends DecodedExtension['name']>(
  hello: ClientHello,
  name: Name,
): Extract<DecodedExtension, { name: Name }> | undefined {
  const all = hello.extensions.map((extension) => {
    const decoded = decodeExtension(extension);
    if (decoded.status !== 'complete') throw new Error(`${extension.type}: ${decoded.code} at ${decoded.offset}`);
    return decoded.value;
  });
  return all.find((extension) => extension.name === name) as Extract<DecodedExtension, { name: Name }> | undefined;
}

/** A long text as a title. */
function brief(text: string): string {
  return text.length > 40 ? `${text.slice(0, 20)}… (${text.length})` : text;
}

describeWith(['openssl'], 'openssl s_client', () => {
  function connect(args: readonly string[]): (port: number) => Promise<Run> {
    return (port) => run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args]);
  }

  /** All versions below 1.3 are off at the default security level. */
  const old = ['-cipher', 'DEFAULT@SECLEVEL=0'];
  const label63 = 'a'.repeat(63);
  const name253 = `${label63}.${label63}.${label63}.${'b'.repeat(61)}`;

  const names: [string, ServerName][] = [
    ['www.example.com', dns('www.example.com')],
    ['WWW.Example.COM', dns('www.example.com')],
    ['www.example.com.', dns('www.example.com')],
    ['localhost', dns('localhost')],
    ['_service.example.com', dns('_service.example.com')],
    ['xn--bcher-kva.example', dns('xn--bcher-kva.example')],
    [name253, dns(name253)],
    [`${name253}.`, dns(name253)],
    ['192.0.2.1', { kind: 'ip', address: '192.0.2.1' }],
    ['2001:DB8:0:0::1', { kind: 'ip', address: '2001:db8::1' }],
    ...[`${name253}x`, 'a..b', '.example.com', 'a b', '*.example.com', 'example.com:443', '[::1]', '127.1', `${label63}a.b`].map(
      (text): [string, ServerName] => [text, { kind: 'invalid', raw: new TextEncoder().encode(text) }],
    ),
  ];
  test.each(names.map(([name, expected]) => ({ title: brief(name), name, expected })))(
    '-servername $title',
    async ({ name, expected }) => {
      const { hello } = await meet(connect(['-servername', name]));
      expect(hello.serverName).toEqual(expected);
      expect(hello.alpnProtocols).toEqual([]);
    },
  );

  test('-noservername', async () => {
    const { hello } = await meet(connect(['-noservername']));
    expect(hello.serverName).toBeUndefined();
    expect(hello.extensions.map(({ type }) => type)).not.toContain(0);
  });

  const lists = ['h2', 'h2,http/1.1', 'http/1.0', `${'x'.repeat(255)},acme-tls/1`];
  test.each(lists.map((list) => ({ title: brief(list), list })))('-alpn $title', async ({ list }) => {
    const { hello } = await meet(connect(['-noservername', '-alpn', list]));
    expect(hello.alpnProtocols).toEqual(list.split(','));
  });

  const versions: [string, string[], number, number[]][] = [
    ['-tls1', old, TLS_1_0, []],
    ['-tls1_1', old, TLS_1_1, []],
    ['-tls1_2', [], TLS_1_2, []],
    ['-tls1_3', [], TLS_1_2, [TLS_1_3]],
    ['-no_tls1_1', ['-no_tls1'], TLS_1_2, [TLS_1_3, TLS_1_2]],
    ['-no_tls1_3', ['-no_tls1', '-no_tls1_1'], TLS_1_2, []],
  ];
  test.each(versions)('%s', async (option, more, legacyVersion, supportedVersions) => {
    const { hello, bytes } = await meet(connect(['-servername', 'v.example', '-alpn', 'h2', option, ...more]));
    expect(hello.legacyVersion).toBe(legacyVersion);
    expect(hello.supportedVersions).toEqual(supportedVersions);
    expect(hello.serverName).toEqual(dns('v.example'));
    expect(hello.alpnProtocols).toEqual(['h2']);
    expect(bytes[1]).toBe(3);
  });

  test('-split_send_frag: one hello over several records', async () => {
    const protocols = Array.from({ length: 100 }, (_, i) => `protocol-${i}`);
    const split = ['-max_send_frag', '512', '-split_send_frag', '512'];
    const { hello, bytes } = await meet(connect([...split, '-alpn', protocols.join(','), '-servername', 'split.example']));
    expect(hello.alpnProtocols).toEqual(protocols);
    expect(hello.serverName).toEqual(dns('split.example'));
    expect(bytes.length).toBeGreaterThan(1024);
    expect((bytes[3]! << 8) | bytes[4]!).toBe(512);
  });

  test('what else it can be asked for: each extension says so', async () => {
    const { cert, folder } = makeCertificate();
    const noLogs = join(folder, 'logs.cnf');
    writeFileSync(noLogs, 'enabled_logs=\n');
    const { hello } = await meet(
      connect([
        ...['-groups', 'X25519:P-256', '-sigalgs', 'RSA-PSS+SHA256:ECDSA+SHA256', '-ciphersuites', 'TLS_AES_128_GCM_SHA256'],
        ...['-cipher', 'ECDHE-RSA-AES128-GCM-SHA256', '-status', '-use_srtp', 'SRTP_AES128_CM_SHA1_80', '-maxfraglen', '1024'],
        ...['-ct', '-ctlogfile', noLogs, '-enable_pha', '-requestCAfile', cert, '-fallback_scsv', '-nextprotoneg', 'h2'],
      ]),
    );
    expect(extensionOf(hello, 'supported_groups')?.namedGroupList).toEqual([29, 23]);
    expect(extensionOf(hello, 'key_share')?.clientShares.map(({ group }) => group)).toEqual([29]);
    expect(extensionOf(hello, 'signature_algorithms')?.supportedSignatureAlgorithms).toEqual([0x0804, 0x0403]);
    expect(hello.cipherSuites).toEqual([0x1301, 0xc02f, 0x00ff, 0x5600]);
    expect(hello.compressionMethods).toEqual([0]);
    expect(extensionOf(hello, 'status_request')?.statusType).toBe('ocsp');
    expect(extensionOf(hello, 'use_srtp')?.srtpProtectionProfiles).toEqual([1]);
    expect(extensionOf(hello, 'max_fragment_length')?.maxFragmentLength).toBe(1024);
    expect(extensionOf(hello, 'post_handshake_auth')).toBeDefined();
    expect(extensionOf(hello, 'signed_certificate_timestamp')).toBeDefined();
    expect(extensionOf(hello, 'next_protocol_negotiation')).toBeDefined();
    expect(extensionOf(hello, 'certificate_authorities')?.authorities).toHaveLength(1);
    expect(extensionOf(hello, 'psk_key_exchange_modes')?.keModes).toEqual([1]);
    expect(extensionOf(hello, 'session_ticket')?.ticket).toHaveLength(0);
    expect(extensionOf(hello, 'encrypt_then_mac')).toBeDefined();
    expect(extensionOf(hello, 'extended_master_secret')).toBeDefined();
  });

  test('-psk: a pre-shared key', async () => {
    const psk = ['-psk', '00112233445566778899aabbccddeeff', '-psk_identity', 'someone', '-tls1_3'];
    const { hello } = await meet(connect(psk));
    const preSharedKey = extensionOf(hello, 'pre_shared_key');
    expect(preSharedKey?.identities.map(({ identity }) => new TextDecoder().decode(identity))).toEqual(['someone']);
    expect(preSharedKey?.binders.map(({ length }) => length)).toEqual([32]);
  });
});

describeWith(['curl'], 'curl', () => {
  function fetch(args: readonly string[], authority: string): (port: number) => Promise<Run> {
    return (port) => {
      const host = `${authority}:${port}`;
      // No settings of the machine's owner, no proxy.
      const own = ['--disable', '--noproxy', '*', '--resolve', `${host}:127.0.0.1`, '--insecure', '--silent', '--verbose'];
      return run('curl', [...own, ...args, `https://${host}/`]);
    };
  }

  test.each<[string[], string[]]>([
    [[], ['h2', 'http/1.1']],
    [['--http1.1'], ['http/1.1']],
    [['--no-alpn'], []],
  ])('ALPN with %j', async (args, expected) => {
    const { hello } = await meet(fetch(args, 'curl.example'));
    expect(hello.serverName).toEqual(dns('curl.example'));
    expect(hello.alpnProtocols).toEqual(expected);
    expect(hello.supportedVersions).toContain(TLS_1_3);
  });

  test.each<[string[], number[]]>([
    [['--tlsv1.3'], [TLS_1_3]],
    [['--tlsv1.2'], [TLS_1_3, TLS_1_2]],
    [['--tlsv1.2', '--tls-max', '1.2'], []],
  ])('versions with %j', async (args, expected) => {
    const { hello } = await meet(fetch(args, 'curl.example'));
    expect(hello.supportedVersions).toEqual(expected);
  });

  test('capitals and a trailing dot in the URL', async () => {
    const { hello } = await meet(fetch([], 'Curl.Example'));
    expect(hello.serverName).toEqual(dns('curl.example'));
    expect((await meet(fetch([], 'curl.example.'))).hello.serverName).toEqual(dns('curl.example'));
  });

  test('an IP address in the URL: no SNI', async () => {
    const { hello } = await meet((port) => run('curl', ['--disable', '--noproxy', '*', '-ks', `https://127.0.0.1:${port}/`]));
    expect(hello.serverName).toBeUndefined();
    expect(hello.alpnProtocols).toEqual(['h2', 'http/1.1']);
  });
});

describe('node:tls', () => {
  function connect(options: ConnectionOptions): (port: number) => Promise<NodeJS.ErrnoException> {
    return (port) =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () =>
          reject(new Error('it was to be refused')),
        );
        socket.on('error', resolve);
      });
  }

  test.each<[ConnectionOptions, string | undefined, string[], number[]]>([
    [{ servername: 'Node.Example' }, 'node.example', [], [TLS_1_3, TLS_1_2]],
    [{ servername: 'node.example', ALPNProtocols: ['h2', 'http/1.1'] }, 'node.example', ['h2', 'http/1.1'], [TLS_1_3, TLS_1_2]],
    [{ servername: 'node.example', minVersion: 'TLSv1.3' }, 'node.example', [], [TLS_1_3]],
    [{ servername: 'node.example', maxVersion: 'TLSv1.2' }, 'node.example', [], []],
    [{ ALPNProtocols: ['caf\u00e9', 'a,b'] }, undefined, ['caf\u00c3\u00a9', 'a,b'], [TLS_1_3, TLS_1_2]],
  ])('%j', async (options, host, alpn, versions) => {
    const { hello } = await meet(connect(options));
    expect(hello.serverName).toEqual(host === undefined ? undefined : dns(host));
    expect(hello.alpnProtocols).toEqual(alpn);
    expect(hello.supportedVersions).toEqual(versions);
  });
});

describeWith(['openssl'], 'node:tls, resuming', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', async (version) => {
    const { cert, key } = makeCertificate();
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), maxVersion: version }, (socket) =>
      socket.end('hello'),
    );
    const close = await listenOnLoopback(server);
    const session = await new Promise<Buffer>((resolve, reject) => {
      connectTls({ host: '127.0.0.1', port: close.port, servername: 'again.example', rejectUnauthorized: false })
        .once('session', resolve)
        .once('error', reject)
        .resume();
    });
    await close();

    const { hello } = await meet(
      (port) =>
        new Promise((resolve) => {
          connectTls({ host: '127.0.0.1', port, servername: 'again.example', session }).on('error', resolve);
        }),
    );
    expect(hello.serverName).toEqual(dns('again.example'));
    if (version === 'TLSv1.2') {
      expect(extensionOf(hello, 'session_ticket')?.ticket.length).toBeGreaterThan(100);
    } else {
      const preSharedKey = extensionOf(hello, 'pre_shared_key');
      expect(preSharedKey?.identities).toHaveLength(1);
      expect(preSharedKey?.binders).toHaveLength(1);
      expect(hello.extensions.at(-1)?.type).toBe(41);
    }
  });
});

describeWith(['chromium'], 'headless chromium', () => {
  test('name, ALPN, versions, GREASE and ECH', async () => {
    const { hello } = await meet(async (port, firstHello) => {
      const browser = start('chromium', [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
        ...['--disable-background-networking', '--disable-component-update', '--no-proxy-server'],
        // Nothing but that name, since it asks for the time over HTTP as well.
        ...[`--host-resolver-rules=MAP name.example 127.0.0.1:${port}, MAP * ~NOTFOUND`],
        `--user-data-dir=${temporaryFolder()}`,
        'https://name.example/',
      ]);
      await Promise.race([firstHello, browser.ended]);
      await browser.stop();
    });
    expect(hello.serverName).toEqual(dns('name.example'));
    expect(hello.alpnProtocols).toEqual(['h2', 'http/1.1']);
    expect(hello.supportedVersions.filter((version) => !isGrease(version))).toEqual([TLS_1_3, TLS_1_2]);
    expect(hello.supportedVersions.some(isGrease)).toBe(true);
    expect(hello.cipherSuites.some(isGrease)).toBe(true);
    expect(hello.extensions.filter(({ type }) => isGrease(type))).toHaveLength(2);
    expect(hello.ech).toBe('outer');
    expect(extensionOf(hello, 'encrypted_client_hello')).toMatchObject({ type: 0xfe0d });
  });
});

describeWith(['javac'], 'java', () => {
  const source = `
    import javax.net.ssl.*;
    public class Hello {
      public static void main(String[] args) throws Exception {
        SSLSocket socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket("127.0.0.1", Integer.parseInt(args[0]));
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(java.util.List.of(new SNIHostName(args[1])));
        parameters.setApplicationProtocols(args[2].split(","));
        socket.setSSLParameters(parameters);
        try { socket.startHandshake(); } catch (SSLException expected) { System.out.println(expected.getMessage()); }
      }
    }`;
  test('name, ALPN and versions', async () => {
    const file = join(temporaryFolder(), 'Hello.java');
    writeFileSync(file, source);
    const { hello, client } = await meet((port) => run('java', [file, String(port), 'Java.Example', 'h2,http/1.1']));
    expect(hello.serverName).toEqual(dns('java.example'));
    expect(hello.alpnProtocols).toEqual(['h2', 'http/1.1']);
    expect(hello.supportedVersions).toEqual([TLS_1_3, TLS_1_2]);
    expect(client.output).toContain('handshake_failure');
  });
});
