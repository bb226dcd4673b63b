/** A routing table as people write one, against the type of the composite's value alone: no cast anywhere in it. */
import { describe, expect, test } from 'vitest';
import { createPreread } from '../src/preread.ts';
import type { Preread } from '../src/preread.ts';
import { awsVpcEndpointId, decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv, gcpConnectionId, readSsl } from '../src/proxy/index.ts';
import type { Tlv } from '../src/proxy/index.ts';
import { alpn, bytes, concat, hello, realHellos, serverName } from './vectors/build.ts';
import { LOCAL } from './vectors/preread.ts';

interface Rule {
  readonly backend: string;
  readonly takes: (connection: Preread) => boolean;
}

/** The first rule that takes a connection says where it goes. */
const table: readonly Rule[] = [
  { backend: 'health', takes: ({ proxy, protocol }) => proxy?.command === 'LOCAL' && protocol === 'silent' },
  { backend: 'mail', takes: ({ protocol }) => protocol === 'silent' },
  { backend: 'acme', takes: (it) => it.protocol === 'tls' && it.tls.alpnProtocols.includes('acme-tls/1') },
  { backend: 'partner', takes: ({ proxy }) => awsVpcEndpointId(proxy?.tlvs ?? []) === 'vpce-08d2bf15fac5001c9' },
  { backend: 'tenant', takes: ({ proxy }) => gcpConnectionId(proxy?.tlvs ?? []) === 7n },
  { backend: 'staff', takes: ({ proxy }) => isStaff(proxy?.tlvs ?? []) },
  { backend: 'terminated', takes: ({ proxy }) => authorityOf(proxy?.tlvs ?? []) === 'www.example.com' },
  { backend: 'api', takes: (it) => it.protocol === 'tls' && it.host === 'api.example.com' && it.tls.alpnProtocols[0] === 'h2' },
  { backend: 'sockets', takes: (it) => it.protocol === 'http1' && it.http.webSocket },
  { backend: 'tunnel', takes: (it) => it.protocol === 'http1' && it.http.method === 'CONNECT' },
  { backend: 'web', takes: (it) => 'host' in it && (it.host === 'www.example.com' || it.host?.endsWith('.apps.example.com') === true) },
  { backend: 'default', takes: (it) => 'host' in it && it.host === undefined },
  { backend: 'grpc', takes: ({ protocol }) => protocol === 'http2' },
  { backend: 'shell', takes: ({ protocol, proxy }) => protocol === 'ssh' && proxy?.source?.family === 'IPv4' },
  { backend: 'database', takes: ({ protocol }) => protocol === 'postgres' || protocol === 'redis' },
];

function isStaff(tlvs: readonly Tlv[]): boolean {
  const ssl = readSsl(tlvs);
  return ssl !== undefined && ssl.verified && ssl.cn?.endsWith('@example.com') === true;
}

function authorityOf(tlvs: readonly Tlv[]): string | undefined {
  for (const tlv of tlvs) {
    const decoded = decodeTlv(tlv);
    if (decoded.status === 'complete' && decoded.value.name === 'authority') return decoded.value.authority;
  }
  return undefined;
}

/** Where a connection goes, by its bytes; `refused` where no rule takes it or it is malformed. */
function route(input: Uint8Array): string {
  const parser = createPreread({ proxy: 'require' });
  const pushed = parser.push(input);
  const outcome = pushed.status === 'incomplete' ? parser.end() : pushed;
  if (outcome.status === 'malformed') return `refused: ${outcome.code}`;
  return table.find(({ takes }) => takes(outcome.value))?.backend ?? 'refused';
}

const endpoints = { source: { address: '192.0.2.1', port: 1 }, destination: { address: '198.51.100.1', port: 2 } };
const plain = encodeProxyV1(endpoints);
const overIPv6 = encodeProxyV2({ source: { address: '::1', port: 1 }, destination: { address: '::2', port: 2 } });
const get = (host: string, ...lines: string[]): Uint8Array => bytes(['GET / HTTP/1.1', `Host: ${host}`, ...lines, '', ''].join('\r\n'));
const named = (name: string, ...protocols: string[]): Uint8Array =>
  hello({ extensions: protocols.length === 0 ? serverName(name) : concat([serverName(name), alpn(...protocols)]) });
const chromium = realHellos.find(({ client }) => client === 'chromium')!.flight;

describe('a routing table without a cast', () => {
  test.each<readonly [connection: string, input: Uint8Array, backend: string]>([
    ["a balancer's health check", LOCAL, 'health'],
    ['a client that waits for a greeting', plain, 'mail'],
    ['a certificate authority that validates', concat([plain, named('www.example.com', 'acme-tls/1')]), 'acme'],
    ['an AWS endpoint', concat([encodeProxyV2(endpoints, { awsVpcEndpointId: 'vpce-08d2bf15fac5001c9' }), get('other.example')]), 'partner'],
    ['a Google Cloud connection', concat([encodeProxyV2(endpoints, { gcpConnectionId: 7n }), get('other.example')]), 'tenant'],
    [
      'a client certificate that was verified',
      concat([encodeProxyV2({ ...endpoints, tlvs: [encodeTlv({ name: 'ssl', client: 7, verify: 0, cn: 'ann@example.com' })] }), get('x')]),
      'staff',
    ],
    [
      'a client certificate that was not',
      concat([encodeProxyV2({ ...endpoints, tlvs: [encodeTlv({ name: 'ssl', client: 1, verify: 0, cn: 'ann@example.com' })] }), get('x')]),
      'refused',
    ],
    [
      'TLS that the balancer ended',
      concat([encodeProxyV2({ ...endpoints, tlvs: [encodeTlv({ name: 'authority', authority: 'www.example.com' })] }), get('x')]),
      'terminated',
    ],
    ['HTTP/2 for the API', concat([plain, named('api.example.com', 'h2', 'http/1.1')]), 'api'],
    ['HTTP/1 for the API', concat([plain, named('api.example.com', 'http/1.1')]), 'refused'],
    [
      'a WebSocket',
      concat([plain, get('any.example', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')]),
      'sockets',
    ],
    ['a tunnel', concat([plain, bytes('CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n')]), 'tunnel'],
    ['a browser', concat([plain, chromium]), 'web'],
    ['HTTP by its host', concat([overIPv6, get('WWW.example.com:80')]), 'web'],
    ['HTTP by the end of its host', concat([plain, get('one.apps.example.com')]), 'web'],
    ['TLS without a name', concat([plain, hello()]), 'default'],
    ['HTTP/1.0 without a host', concat([plain, bytes('GET / HTTP/1.0\r\n\r\n')]), 'default'],
    ['HTTP/2 with prior knowledge', concat([plain, bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')]), 'grpc'],
    ['SSH over IPv4', concat([plain, bytes('SSH-2.0')]), 'shell'],
    ['SSH over IPv6', concat([overIPv6, bytes('SSH-2.0')]), 'refused'],
    ['PostgreSQL', concat([plain, bytes(0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f)]), 'database'],
    ['a name that nobody has', concat([plain, named('other.example')]), 'refused'],
    ['noise', concat([plain, bytes('hello')]), 'refused'],
    ['a client past the balancer', named('www.example.com'), 'refused: preread.proxy.missing'],
    ['a name that cannot be one', concat([plain, named('www.example.com,evil.example')]), 'refused: tls.server_name.invalid'],
  ])('%s', (_, input, backend) => {
    expect(route(input)).toBe(backend);
  });

  test('every rule takes one of them', () => {
    expect(new Set(table.map(({ backend }) => backend)).size).toBe(table.length);
    expect(table.length).toBeGreaterThanOrEqual(12);
  });
});
