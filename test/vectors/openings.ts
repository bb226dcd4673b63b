/** What connections open with, and what the adapters have to make of it. */
import { bytes, realHellos } from './build.ts';

export const HELLO: Uint8Array = realHellos.find(({ client }) => client === 'node20-tls-h2')!.flight;
export const HALF_HELLO: Uint8Array = HELLO.subarray(0, 100);
export const GET: Uint8Array = bytes('GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n');
export const SSH: Uint8Array = bytes('SSH-2.0-OpenSSH_9.2\r\n');
export const NOTHING: Uint8Array = bytes();

export const openings: readonly (readonly [what: string, opening: Uint8Array, expected: object])[] = [
  ['TLS', HELLO, { status: 'complete', value: { protocol: 'tls', host: 'www.example.com' } }],
  ['HTTP', GET, { status: 'complete', value: { protocol: 'http1', host: 'www.example.com', http: { target: '/index.html' } } }],
  ['SSH', SSH, { status: 'complete', value: { protocol: 'ssh' } }],
  ['what nobody knows', bytes(0xff, 'abcdefghijklmnopqrstuvwxyz'.repeat(4)), { status: 'complete', value: { protocol: 'unknown' } }],
  ['HTTP that is malformed', bytes('GET / HTTP/1.1\r\nHost: a,b\r\n\r\n'), { status: 'malformed', code: 'http.host.invalid' }],
];
