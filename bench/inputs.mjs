/**
 * What all contenders read, and the right answers: hellos of real clients with what tshark read in them, and headers
 * and heads written here, byte by byte, without any of the code that is measured.
 */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Sample
 * @property {string} title
 * @property {any} input bytes, or what an encoder takes
 * @property {any} expected
 */

const folder = new URL('../test/vectors/hellos/', import.meta.url);
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));
const files = new Set(readdirSync(folder));

/** Of each hello the client, the bytes, and what tshark read: `serverName`, `alpn`, `ja3`, `ja3Full`, … */
export const hellos = index
  .filter(({ client }) => files.has(`${client}.bin`))
  .map((row) => ({ ...row, flight: new Uint8Array(readFileSync(new URL(`${row.client}.bin`, folder))) }));

export const helloOf = (client) => hellos.find((hello) => hello.client === client);

/** The same hello in records of at most `size` bytes each. */
export function splitIntoRecords(flight, size) {
  const message = [];
  for (let at = 0; at < flight.length; ) {
    const length = (flight[at + 3] << 8) | flight[at + 4];
    message.push(...flight.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  const out = [];
  for (let at = 0; at < message.length; at += size) {
    const fragment = message.slice(at, at + size);
    out.push(22, 3, 1, fragment.length >> 8, fragment.length & 0xff, ...fragment);
  }
  return Uint8Array.from(out);
}

/**
 * Dozens of copies for one pass, as they lie in what a socket read: at odd positions of larger memory, every other one
 * a `Buffer`. What is no bytes is cloned.
 *
 * @param {readonly Sample[]} samples
 * @param {boolean} isBuffer whether all are to be Buffers, for packages that take nothing else
 * @returns {any[]}
 */
export function copies(samples, isBuffer) {
  const count = samples.length * Math.ceil(60 / samples.length);
  const chosen = Array.from({ length: count }, (_, i) => samples[i % samples.length].input);
  if (!chosen.every((input) => input instanceof Uint8Array)) return chosen.map((input) => structuredClone(input));
  const memory = new ArrayBuffer(chosen.reduce((sum, { length }) => sum + length + 64, 0));
  let end = 1;
  // Not by their place alone: with two samples, one of them would always be a Buffer.
  return chosen.map((input, i) => {
    const at = end;
    end = (at + input.length + (i % 23)) | 1;
    new Uint8Array(memory).set(input, at);
    const asBuffer = isBuffer || (i + Math.floor(i / samples.length)) % 2 === 0;
    return asBuffer ? Buffer.from(memory, at, input.length) : new Uint8Array(memory, at, input.length);
  });
}

/** Names that a router knows, those of the hellos and heads among them. */
export const routes = new Map(
  [
    ...hellos.map(({ serverName }) => serverName).filter((name) => typeof name === 'string'),
    ...['www.example.com', 'example.com', '192.0.2.1', '2001:db8::1'],
    ...Array.from({ length: 50 }, (_, i) => `host-${i}.example.net`),
  ].map((name, i) => [name, i + 1]),
);

// PROXY headers

const u16 = (value) => [value >> 8, value & 0xff];
const latin1 = (text) => [...Buffer.from(text, 'latin1')];
const ipv4 = (text) => text.split('.').map(Number);

/** IPv6 addresses in canonical text, and their bytes in hexadecimal. */
const ipv6 = new Map([
  ['2001:db8::1', '20010db8000000000000000000000001'],
  ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '20010db885a308d313198a2e03707348'],
  ['2001:db8:0:1::25de:cade', '20010db8000000010000000025decade'],
  ['fe80::1ff:fe23:4567:890a', 'fe8000000000000001fffe234567890a'],
  ['2001:db8:1:1:1:1:0:1', '20010db8000100010001000100000001'],
  ['::1', '00000000000000000000000000000001'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
]);
export const ipv6Texts = new Map([...ipv6].map(([text, hex]) => [hex, text]));
const pairs = {
  IPv4: [
    ['192.0.2.1', '198.51.100.1'],
    ['203.0.113.200', '10.0.0.2'],
    ['8.8.8.8', '172.16.254.1'],
    ['255.255.255.255', '0.0.0.0'],
    ['100.64.12.3', '198.51.100.77'],
  ],
  IPv6: [...ipv6.keys()].map((address, i, all) => [address, all[(i + 1) % all.length]]),
};
/** What a load balancer and HAProxy send: type and value. */
const sixTlvs = [
  [0x01, latin1('h2')],
  [0x02, latin1('www.example.com')],
  [0x05, latin1('0123456789abcdef')],
  [0x20, [1, 0, 0, 0, 0, 0x21, ...u16(7), ...latin1('TLSv1.3'), 0x23, ...u16(22), ...latin1('TLS_AES_128_GCM_SHA256')]],
  [0x30, latin1('blue')],
  [0xea, latin1('\x01vpce-08d2bf15fac5001c9')],
];

function headerV2(family, [source, destination], ports, tlvs) {
  const addressOf = (text) => (family === 'IPv4' ? ipv4(text) : [...Buffer.from(ipv6.get(text), 'hex')]);
  const addresses = [...addressOf(source), ...addressOf(destination), ...ports.flatMap(u16)];
  const block = [...addresses, ...tlvs.flatMap(([type, value]) => [type, ...u16(value.length), ...value])];
  const signature = latin1('\r\n\r\n\0\r\nQUIT\n');
  return Uint8Array.from([...signature, 0x21, family === 'IPv4' ? 0x11 : 0x21, ...u16(block.length), ...block]);
}

/** As {@link Sample}s of a header: its bytes as `input`, and what they say as `expected`. */
function headers(version, family, tlvs = []) {
  return pairs[family].map((pair, i) => {
    const ports = [56324 - 1000 * i, i % 2 === 0 ? 443 : 8080];
    const line = `PROXY ${family === 'IPv4' ? 'TCP4' : 'TCP6'} ${pair.join(' ')} ${ports.join(' ')}\r\n`;
    return {
      title: pair.join(' '),
      input: version === 1 ? Uint8Array.from(latin1(line)) : headerV2(family, pair, ports, tlvs),
      expected: { source: [pair[0], ports[0]], destination: [pair[1], ports[1]], tlvs: tlvs.map(([type, value]) => [type, value.length]) },
    };
  });
}

export const proxyHeaders = {
  'v1 TCP4': headers(1, 'IPv4'),
  'v1 TCP6': headers(1, 'IPv6'),
  'v2 TCP4': headers(2, 'IPv4'),
  'v2 TCP6': headers(2, 'IPv6'),
  'v2 TCP4, 6 TLVs': headers(2, 'IPv4', sixTlvs),
};

/** The same the other way round: what encoders take, and the bytes in hexadecimal. */
export const proxyInputs = Object.fromEntries(
  Object.entries(proxyHeaders).map(([set, samples]) => [
    set,
    samples.map(({ title, input, expected: { source, destination, tlvs } }) => ({
      title,
      input: {
        family: set.includes('TCP4') ? 'IPv4' : 'IPv6',
        source: { address: source[0], port: source[1] },
        destination: { address: destination[0], port: destination[1] },
        ...(tlvs.length > 0 && { tlvs: sixTlvs.map(([type, value]) => ({ type, value: Uint8Array.from(value) })) }),
      },
      expected: Buffer.from(input).toString('hex'),
    })),
  ]),
);

// Request heads

const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
const heads = {
  curl: ['GET /index.html HTTP/1.1', 'Host: www.example.com', 'User-Agent: curl/7.88.1', 'Accept: */*'],
  'a browser, 15 fields': [
    'GET /search?q=first+bytes&source=hp&num=20 HTTP/1.1',
    'Host: www.example.com:8080',
    'Connection: keep-alive',
    'Cache-Control: max-age=0',
    'sec-ch-ua: "Chromium";v="156", "Not(A:Brand";v="24"',
    'sec-ch-ua-mobile: ?0',
    'sec-ch-ua-platform: "Linux"',
    'Upgrade-Insecure-Requests: 1',
    `User-Agent: ${agent}`,
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: navigate',
    'Sec-Fetch-Dest: document',
    'Referer: http://www.example.com:8080/start',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Cookie: session=5f2c9a7e41d04b0c8e63; theme=dark; consent=yes',
  ],
};

export const requestHeads = Object.fromEntries(
  Object.entries(heads).map(([set, [requestLine, ...lines]]) => {
    const [method, target] = requestLine.split(' ');
    const fields = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]);
    const input = Uint8Array.from(latin1(`${[requestLine, ...lines].join('\r\n')}\r\n\r\n`));
    return [set, [{ title: set, input, expected: { method, target, host: 'www.example.com', fields } }]];
  }),
);

// What connections open with

const ssh = ['OpenSSH_9.2p1 Debian-2+deb12u3', 'dropbear_2022.83', 'PuTTY_Release_0.78'];
const opening = (protocol) => (input) => ({ title: protocol, input, expected: protocol });
const flights = {
  TLS: hellos.map(({ flight }) => flight).map(opening('tls')),
  HTTP: Object.values(requestHeads).flat().map(({ input }) => opening('http1')(input)),
  SSH: ssh.map((software) => opening('ssh')(Uint8Array.from(latin1(`SSH-2.0-${software}\r\n`)))),
};
export const openings = { ...flights, mixed: Object.values(flights).flatMap((list) => list.slice(0, 2)) };

/** Of 1024 bytes that are no text, with their checksum. */
export const kilobytes = [1, 2, 3].map((factor) => Uint8Array.from({ length: 1024 }, (_, i) => (i * i * factor) >> 3));
