/** Alerts, both ways: what clients report of those that are sent to them, and what servers are read to have sent. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { alertDescriptions, alertForMissingName, decodeAlert, encodeAlert } from 'preread/tls';
import type { Alert, AlertDescription } from 'preread/tls';
import { describe, expect, test } from 'vitest';
import { concat, realHellos } from '../vectors/build.ts';
import { listenOnLoopback, meet } from './listener.ts';
import type { Answer } from './listener.ts';
import { describeWith, makeCertificate, run, start } from './programs.ts';

/** What a router that needs a name does with a hello that has none. */
const wantName: Answer = (hello) => encodeAlert(hello.serverName === undefined ? alertForMissingName(hello) : 'handshake_failure');

describeWith(['openssl'], 'openssl s_client reports the alert', () => {
  const connectTo = (port: number, ...args: string[]): ReturnType<typeof run> =>
    run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args]);

  test.each([
    ['TLS 1.3', [], 'tlsv13 alert missing extension', 109],
    ['TLS 1.2', ['-tls1_2'], 'tlsv1 unrecognized name', 112],
    ['TLS 1.0', ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0'], 'tlsv1 unrecognized name', 112],
  ] as const)('for a missing name, %s', async (_, args, text, number) => {
    const { client } = await meet((port) => connectTo(port, '-noservername', ...args), wantName);
    expect(client.output).toContain(text);
    expect(client.output).toContain(`SSL alert number ${number}`);
  });

  // OpenSSL 3.0 has no text for these, and spells one in its own way.
  const unknownThere = ['close_notify', 'too_many_cids_requested', 'ech_required', 'no_certificate', 'general_error'];
  const spelling = new Map([['user_canceled', 'user cancelled'], ['export_restriction', 'export restriction']]);

  test.each(Object.entries(alertDescriptions))('number %s: %s', async (number, name) => {
    const { client } = await meet(
      (port) => connectTo(port, '-servername', 'name.example'),
      () => encodeAlert(name),
    );
    const [, text] = /ssl3_read_bytes:([^:]*):.*SSL alert number (\d+)\n/.exec(client.output) ?? [];
    expect(client.output).toContain(`SSL alert number ${number}\n`);
    if (!unknownThere.includes(name)) expect(text).toContain(spelling.get(name) ?? name.replaceAll('_', ' '));
  });

  test('a number that is not assigned', async () => {
    const { client } = await meet(
      (port) => connectTo(port),
      () => encodeAlert(255),
    );
    expect(client.output).toContain('SSL alert number 255\n');
  });

  test('a warning does not end the handshake', async () => {
    const { client } = await meet(
      (port) => connectTo(port),
      () => concat([encodeAlert('unrecognized_name', 'warning'), encodeAlert('access_denied')]),
    );
    expect(client.output).toContain('SSL alert number 49\n');
  });
});

describeWith(['curl'], 'curl reports the alert', () => {
  test.each([
    [[], 'tlsv13 alert missing extension'],
    [['--tls-max', '1.2'], 'tlsv1 unrecognized name'],
  ])('for a missing name, with %j', async (args, text) => {
    const own = ['--disable', '--noproxy', '*', '-ksv', ...args];
    const { client } = await meet((port) => run('curl', [...own, `https://127.0.0.1:${port}/`]), wantName);
    expect(client.output).toContain(text);
  });
});

describe('node:tls reports the alert', () => {
  test.each<[ConnectionOptions, string]>([
    [{}, 'ERR_SSL_TLSV13_ALERT_MISSING_EXTENSION'],
    [{ maxVersion: 'TLSv1.2' }, 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'],
  ])('for a missing name, with %j', async (options, code) => {
    const { client } = await meet(
      (port) =>
        new Promise<NodeJS.ErrnoException>((resolve) => {
          connectTls({ host: '127.0.0.1', port, ...options }).on('error', resolve);
        }),
      wantName,
    );
    expect(client.code).toBe(code);
  });
});

/** Sends bytes to a port, and gives the first chunk that comes back, empty where none does. */
function exchange(port: number, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    // A server that refuses may reset the connection behind its alert.
    socket.on('error', () => {}).once('data', (chunk) => {
      resolve(chunk);
      socket.destroy();
    });
    socket.once('close', () => resolve(new Uint8Array()));
  });
}

/** The first flight of a real client, as it was recorded. */
function flightOf(client: string): Uint8Array {
  return realHellos.find((hello) => hello.client === client)!.flight;
}

const fatal = (description: AlertDescription): Alert => ({ level: 'fatal', description });

function expectAlert(answer: Uint8Array, expected: Alert): void {
  expect(decodeAlert(answer)).toEqual({ status: 'complete', value: expected, size: 7 });
  // Cut anywhere, it waits.
  for (let length = 0; length < 7; length++) expect(decodeAlert(answer.subarray(0, length)).status).toBe('incomplete');
}

describeWith(['openssl'], 'what openssl s_server refuses with', () => {
  const named = ['-servername', 'other.example'];

  test.each<[refusal: string, args: string[], hello: string, expected: Alert]>([
    ['no cipher in common', ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'], 'openssl-default', fatal('handshake_failure')],
    ['no version in common', ['-tls1_3'], 'openssl-tls12-ticket', fatal('protocol_version')],
    ['no protocol in common', ['-alpn', 'acme-tls/1'], 'chromium', fatal('no_application_protocol')],
    ['another name', [...named, '-servername_fatal'], 'go119', fatal('unrecognized_name')],
    ['another name, as a warning', [...named, '-tls1_2'], 'go119', { level: 'warning', description: 'unrecognized_name' }],
  ])('%s', async (_, args, client, expected) => {
    const { cert, key } = makeCertificate();
    const files = ['-cert', cert, '-key', key, '-cert2', cert, '-key2', key];
    // It keeps reading its input, and would take the end of it as the wish to stop.
    const server = start('openssl', ['s_server', '-accept', '127.0.0.1:0', '-naccept', '1', '-msg', ...files, ...args], 'pipe');
    try {
      const port = await server.printed(/ACCEPT 127\.0\.0\.1:(\d+)/);
      const answer = await exchange(Number(port), flightOf(client));
      expectAlert(answer, expected);
      // By its own account.
      const sent = await server.printed(/>>> TLS [\d.]+, Alert \[length 0002\].*\n((?: [\da-f]{2}| )+)\n/);
      expect(sent.trim().split(/ +/)).toEqual(Array.from(answer.subarray(5, 7), (byte) => byte.toString(16).padStart(2, '0')));
    } finally {
      await server.stop();
    }
  });
});

describeWith(['openssl'], 'what a node:tls server refuses with', () => {
  test.each<[refusal: string, options: TlsOptions, hello: string, expected: Alert]>([
    ['no cipher in common', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }, 'java17', fatal('handshake_failure')],
    ['no version in common', { minVersion: 'TLSv1.3' }, 'openssl-tls12-ticket', fatal('protocol_version')],
    ['no protocol in common', { ALPNProtocols: ['acme-tls/1'] }, 'deno-fetch', fatal('no_application_protocol')],
  ])('%s', async (_, options, client, expected) => {
    const { cert, key } = makeCertificate();
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), ...options });
    server.on('tlsClientError', () => {});
    const close = await listenOnLoopback(server);
    expectAlert(await exchange(close.port, flightOf(client)), expected);
    await close();
  });

  test('an SNICallback that fails: nothing at all, it hangs up without a word', async () => {
    const { cert, key } = makeCertificate();
    const SNICallback: TlsOptions['SNICallback'] = (name, done) => done(new Error(`no such name: ${name}`));
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), SNICallback });
    const reported = once(server, 'tlsClientError');
    const close = await listenOnLoopback(server);
    const answer = await exchange(close.port, flightOf('go119'));
    expect(answer).toHaveLength(0);
    expect(decodeAlert(answer)).toEqual({ status: 'incomplete', needed: 1 });
    expect(await reported).toMatchObject([{ message: 'no such name: go.example.com' }, {}]);
    await close();
  });
});
