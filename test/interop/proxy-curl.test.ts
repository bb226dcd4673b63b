/** curl says where it comes from: `--haproxy-protocol`, which is version 1. */
import { join } from 'node:path';
import { decodeProxyHeader } from 'preread/proxy';
import { encodeAlert, readServerName } from 'preread/tls';
import { expect, test } from 'vitest';
import { bytes } from '../vectors/build.ts';
import { listenForHeaders } from './proxy-listener.ts';
import type { Heard, HeaderListener, Loopback, Reply } from './proxy-listener.ts';
import { describeWith, run, temporaryFolder } from './programs.ts';
import type { Run } from './programs.ts';

/** No settings of the machine's owner, no proxy of theirs. */
const own = ['--disable', '--noproxy', '*', '--silent', '--show-error', '--insecure', '--haproxy-protocol'];

/** Answers a request, once it is whole. */
const respond: Reply = (payload) =>
  Buffer.from(payload).includes('\r\n\r\n') ? bytes('HTTP/1.0 200 OK\r\n\r\nwelcome') : undefined;

/** Refuses a ClientHello, once it is whole. */
const refuse: Reply = (payload) =>
  readServerName(payload).status === 'incomplete' ? undefined : encodeAlert('access_denied');

async function meet(listener: HeaderListener, args: readonly string[]): Promise<{ heard: Heard; client: Run }> {
  try {
    const [heard, client] = await Promise.all([listener.next(), run('curl', [...own, ...args])]);
    return { heard, client };
  } finally {
    await listener.close();
  }
}

describeWith(['curl'], 'curl sends', () => {
  const hosts: [Loopback, string, 'IPv4' | 'IPv6'][] = [
    ['127.0.0.1', '127.0.0.1', 'IPv4'],
    ['::1', '[::1]', 'IPv6'],
  ];

  test.each(hosts)('its own address and port, over http to %s', async (host, inUrl, family) => {
    const listener = await listenForHeaders(host, respond);
    const { heard, client } = await meet(listener, [`http://${inUrl}:${listener.port}/`]);
    const { header, payload, ends } = heard;
    expect(header).toMatchObject({ version: 1, command: 'PROXY', transport: 'stream', tlvs: [] });
    expect(header.source).toMatchObject({ family, address: host });
    expect(header.destination).toEqual({ family, address: host, port: listener.port });
    expect({ source: header.source, destination: header.destination }).toEqual(ends);
    expect(Buffer.from(payload).toString()).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(client).toEqual({ status: 0, output: 'welcome' });
  });

  test.each(hosts)('the same over https to %s: the ClientHello is where the header ends', async (host, _, family) => {
    const listener = await listenForHeaders(host, refuse);
    const name = `name.example:${listener.port}`;
    const { heard, client } = await meet(listener, ['--resolve', `${name}:${host}`, `https://${name}/`]);
    expect({ source: heard.header.source, destination: heard.header.destination }).toEqual(heard.ends);
    expect(heard.header.source).toMatchObject({ family, address: host });

    const first = bytes(heard.bytes, heard.payload);
    const header = decodeProxyHeader(first);
    expect(header).toEqual({ status: 'complete', value: heard.header, size: heard.bytes.length });
    const hello = readServerName(first.subarray(heard.bytes.length));
    expect(hello).toMatchObject({ status: 'complete', value: { kind: 'dns', host: 'name.example' } });
    // Read in the wrong place it is no TLS, and not a hello without a name.
    expect(readServerName(first)).toEqual({ status: 'malformed', code: 'tls.not_tls', offset: 0 });
    expect(client.output).toContain('tlsv1 alert access denied');
  });

  test('UNKNOWN over a UNIX socket, which version 1 has no word for', async () => {
    const path = join(temporaryFolder(), 'curl.sock');
    const listener = await listenForHeaders({ path }, respond);
    const { heard, client } = await meet(listener, ['--unix-socket', path, 'http://name.example/']);
    expect(Buffer.from(heard.bytes).toString()).toBe('PROXY UNKNOWN\r\n');
    expect(heard.header).toEqual({
      ...{ version: 1, command: 'PROXY', transport: 'unspecified', tlvs: [] },
      ...{ source: undefined, destination: undefined },
    });
    expect(client.output).toBe('welcome');
  });
});
