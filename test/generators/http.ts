/** Heads of HTTP/1 requests: what clients send, and what no router may read otherwise than its backend. RFC 9112. */
import fc from 'fast-check';
import { bytes } from '../vectors/build.ts';
import { badHosts, badPorts, httpMethods } from '../vectors/http.ts';
import { domains, ipv6Texts, mostlyRight, right, textOf } from './parts.ts';
import type { Or } from './parts.ts';

const texts = (...all: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...all);
const together = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(''));

// Hosts and targets

/** As in SNI: letters, digits, hyphens and underscores, and a trailing dot. */
const hosts = fc.oneof(
  { weight: 4, arbitrary: domains },
  {
    weight: 2,
    arbitrary: texts('example.com', 'EXAMPLE.com.', 'a', 'localhost', 'my_host', 'xn--bcher-kva.example', '-.-a'),
  },
  { weight: 1, arbitrary: fc.ipV4() },
  { weight: 2, arbitrary: ipv6Texts.map((text) => `[${text}]`) },
);
/** Any of the ports that clients name. */
const portNumbers = fc.oneof(
  texts('80', '443', '8080', '080', '65535'),
  fc.integer({ min: 1, max: 0xffff }).map(String),
);
const ports = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: portNumbers.map((port) => `:${port}`) },
  { weight: 1, arbitrary: texts(':', ':0') },
);
const authorities = together(hosts, ports);
const badAuthorities = fc.oneof(
  texts(...badHosts),
  texts(...badPorts),
  together(texts('user@', 'user:password@', ':@', '@'), authorities),
  together(authorities, texts(',', ';', '@', '/', '\\', '%00', ' a')),
);

const segments = fc.oneof(
  textOf('!"$.0>@~', 0, 12),
  texts('index.html', '..', '%2e%2e', '%20', 'a;b=c', ':80', '@a', '"<>|'),
);
const origin = fc.tuple(
  fc.array(segments, { minLength: 1, maxLength: 3 }),
  fc.option(textOf('!"$~', 0, 12), { nil: undefined }),
);
const originForms = origin.map(([path, query]) => `/${path.join('/')}${query === undefined ? '' : `?${query}`}`);
const schemes = fc.oneof(
  { weight: 4, arbitrary: texts('http', 'https', 'ws', 'wss', 'HTTP') },
  { weight: 1, arbitrary: together(textOf('azAZ', 1, 1), textOf('az09++..--', 0, 6)) },
);
const absoluteForms = (place: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  together(schemes, fc.constant('://'), place, fc.oneof(fc.constant(''), originForms, texts('?', '/', '?q=/@a')));
const badTargets = fc.oneof(
  texts(
    '', '*', 'foo', 'example.com', 'example.com:443', '?q', '#', '/#a', '/a b', '//', '\\', 'http:', 'http:/a', '://a/',
  ),
  texts('/\x80', '/\xff', '/\t', '/\0', '1http://a/', 'http://', 'http:///a', 'mailto:a@b'),
  absoluteForms(badAuthorities),
  textOf('\0\t\x0b\x0c\x0e\xff', 1, 12),
);

// Fields

const spaces = fc.oneof({ weight: 4, arbitrary: fc.constant(' ') }, { weight: 1, arbitrary: textOf('\t\t  ', 0, 3) });
const token = textOf("!!#'*+-.09AZ^z||~~", 1, 12);
const values = fc.oneof(
  textOf('!~', 0, 20),
  texts('', 'a, b', 'a;q=0.5', '"quoted, text"', 'a=b; c=d', '/', 'http://a/#b', '{"a":1}', '\xe9\xa0', 'a\tb'),
  textOf('\t\t ~\x80\xff', 0, 20).map((text) => text.replace(/^[\t ]+|[\t ]+$/g, '')),
);
/** Names that a head may have once only have an extra letter here. */
const names = fc.oneof(
  texts(
    'User-Agent', 'Accept', 'accept-language', 'Cookie', 'Referer', 'X-Forwarded-For', 'Origin', 'Range', 'If-Match',
  ),
  texts(
    '__proto__', 'constructor', 'toString', "!#$%&'*+-.^_`|~", 'X-Host', 'Hosts', 'Content-Length-',
    'Transfer_Encoding', '0',
  ),
  token.map((name) => `${name}-`),
);
const field = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  together(name, fc.constant(':'), spaces, value, spaces);
const badFields = fc.oneof(
  // No colon, no name, white space where none may be, folded lines, controls.
  texts(
    'Foo', ': a', ' Foo: a', '\tFoo: a', 'Foo : a', 'Foo\t: a', 'Foo a: b', 'Fo(o: a', 'F\xf6o: a', '\0: a', 'Foo',
    '"Foo": a',
  ),
  texts(
    'Foo: a\r\n b', 'Foo:\r\n\tb', 'Foo: a\r\n  ', 'Foo: a\0b', 'Foo: a\x7f', 'Foo: a\x01', 'Foo: a\rb', 'Foo: a\nb',
    '\r',
  ),
);

/** What may be said of a body, where there is no contradiction in it. */
const lengths = fc.oneof(fc.nat(9).map(String), texts('0', '00', '05', '1234'));
const contentLengths = lengths.chain((length) =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(field(texts('Content-Length', 'content-length', 'CONTENT-LENGTH'), fc.constant(length))),
    },
    { weight: 1, arbitrary: fc.constant([`Content-Length: ${length}`, `content-length:${length}`]) },
  ),
);
const transferEncodings = fc.oneof(
  fc.tuple(
    field(
      texts('Transfer-Encoding', 'transfer-encoding'),
      texts('chunked', 'Chunked', 'gzip, chunked', 'gzip;a=b,chunked', ', chunked ,'),
    ),
  ),
  fc.constant(['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked']),
);
const contradictions = fc.oneof(
  fc.constantFrom(
    ...[
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'Content-Length: 5'],
      ['Transfer-Encoding:', 'Content-Length: 5'],
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Content-Length: 5', 'Content-Length: 05'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'],
    ],
  ),
  fc.tuple(
    field(
      fc.constant('Content-Length'),
      texts('', '+5', '-1', '5, 5', '5,6', '0x5', '5 5', '5a', '9007199254740993', '1e1'),
    ),
  ),
  fc.tuple(
    field(
      fc.constant('Transfer-Encoding'),
      texts(
        '', 'gzip', 'chunked, gzip', 'chunked, chunked', 'xchunked', 'chun ked', 'chunked;', '"chunked"', '\x0bchunked',
      ),
    ),
  ),
);
const upgrades = fc.oneof(
  fc.constantFrom(
    ...[
      [
        'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ],
      [
        'connection: keep-alive, UPGRADE', 'upgrade: WebSocket, h2c', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: x',
      ],
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'],
      ['Upgrade: websocket'],
      ['Connection: upgrade'],
      ['Connection: close'],
      ['Expect: 100-continue'],
      ['TE: trailers', 'Trailer: a'],
    ],
  ),
);

// Heads

interface Shape {
  readonly method: fc.Arbitrary<string>;
  readonly target: fc.Arbitrary<string>;
  readonly version: '1.0' | '1.1';
  readonly host: fc.Arbitrary<readonly string[]>;
  /** What else stands in the fields, in one piece. */
  readonly more: readonly fc.Arbitrary<readonly string[]>[];
}

function requestHead(or: Or): fc.Arbitrary<Uint8Array> {
  const hostField = (value: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> =>
    or(
      fc.tuple(field(texts('Host', 'host', 'HOST'), value)),
      fc.oneof(
        fc.constant([]),
        fc.tuple(field(fc.constant('Host'), badAuthorities)),
        fc.tuple(field(fc.constant('Host'), value), field(texts('Host', 'hOST'), value)),
        fc.tuple(texts('Host', 'Host ', ' Host').map((name) => `${name}: example.com`)),
        fc.tuple(value).map(([host]) => [`Host: ${host}\r\n ${host}`]),
      ),
      6,
    );
  const anyHost = hostField(fc.oneof({ weight: 9, arbitrary: authorities }, { weight: 1, arbitrary: fc.constant('') }));
  const none = fc.constant<readonly string[]>([]);
  const withBody = (body: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly string[]> =>
    or(fc.oneof(none, body), contradictions, 9);
  const methods = or(
    fc.oneof(
      texts('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS'),
      texts(...httpMethods.filter((method) => method !== 'CONNECT')),
    ),
    texts('get', 'FOO', 'PRI', 'GE', 'GETS', 'CONNECT', ' GET', 'G\0T', ''),
  );
  const targets = fc.oneof({ weight: 3, arbitrary: originForms }, { weight: 2, arbitrary: absoluteForms(authorities) });
  const bodies = fc.oneof(contentLengths, transferEncodings);
  const requests = fc.oneof(
    {
      weight: 8,
      arbitrary: requestOf(or, {
        method: methods,
        target: or(targets, badTargets),
        version: '1.1',
        host: anyHost,
        more: [withBody(bodies), fc.oneof(none, upgrades)],
      }),
    },
    {
      weight: 2,
      arbitrary: requestOf(or, {
        method: methods,
        target: or(targets, badTargets),
        version: '1.0',
        host: fc.oneof(none, anyHost),
        more: [withBody(contentLengths), or(fc.oneof(none, upgrades), transferEncodings)],
      }),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('1.0' as const, '1.1' as const).chain((version) =>
        requestOf(or, {
          method: fc.constant('CONNECT'),
          target: or(
            together(hosts, fc.constant(':'), portNumbers),
            fc.oneof(badTargets, hosts, together(hosts, texts(':', ':0')), badAuthorities),
          ),
          version,
          host: anyHost,
          more: [or(none, bodies, 9)],
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: requestOf(or, {
        method: or(fc.constant('OPTIONS'), texts('GET', 'CONNECT', 'M-SEARCH')),
        target: or(fc.constant('*'), texts('**', '*/', '/*')),
        version: '1.1',
        host: anyHost,
        more: [withBody(contentLengths)],
      }),
    },
  );
  return requests.map((text) => bytes(text));
}

/** What may stand behind a head: a body, another request, or what the other side of a tunnel is told. */
const payloads = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.oneof(
      texts('{"a":1}', '5\r\nhello\r\n0\r\n\r\n', 'GET /b HTTP/1.1\r\nHost: b\r\n\r\n', '\r\n', '\n', ' a'),
      textOf('\0\xff', 1, 12),
    ),
  },
);

function requestOf(or: Or, { method, target, version, host, more }: Shape): fc.Arbitrary<string> {
  const oddEnds = fc.tuple(fc.nat(), texts('\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\0\r\n', '\r\n '));
  return fc
    .record({
      leading: or(
        fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: texts('\r\n', '\r\n\r\n') }),
        texts('\r\n\r\n\r\n', '\n', '\r', ' ', '\0', '\r\n '),
        1,
      ),
      method,
      target,
      spaces: fc.tuple(
        or(fc.constant(' '), texts('', '  ', '\t', '\r\n'), 1),
        or(fc.constant(' '), texts('', '  ', '\t', '\xa0'), 1),
      ),
      protocol: or(
        fc.constant(`HTTP/${version}`),
        fc.oneof(
          texts(
            'HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1', 'HTTP/1.10', 'HTTP/ 1.1', 'RTSP/1.0', 'ICE/1.0',
            '',
          ),
          textOf('\0\xff', 1, 9),
        ),
      ),
      before: fc.array(or(field(names, values), badFields), { maxLength: 3 }),
      host,
      isHostOfTarget: fc.boolean(),
      more: fc.tuple(...more),
      after: fc.array(or(field(names, values), badFields), { maxLength: 3 }),
      isHostLast: fc.boolean(),
      oddEnd: or(fc.constant(undefined), oddEnds),
      payload: payloads,
    })
    .map(({ leading, method, target, spaces, protocol, before, more, after, oddEnd, payload, ...given }) => {
      const line = method + spaces[0] + target + spaces[1] + protocol;
      const place = method === 'CONNECT' ? target : /^[^/?]*:\/\/([^/?]*)/.exec(target)?.[1];
      const host = given.isHostOfTarget && place !== undefined ? [`Host: ${place}`] : given.host;
      const others = [...before, ...more.flat(), ...after];
      const lines = [line, ...(given.isHostLast ? [...others, ...host] : [...host, ...others]), ''];
      const written = lines.map((text) => `${text}\r\n`);
      if (oddEnd !== undefined) {
        const at = oddEnd[0] % lines.length;
        written[at] = lines[at]! + oddEnd[1];
      }
      return leading + written.join('') + payload;
    });
}

/** Heads with what may come behind them. */
export const requestHeads: fc.Arbitrary<Uint8Array> = mostlyRight(requestHead);
export const goodRequestHeads: fc.Arbitrary<Uint8Array> = requestHead(right);
