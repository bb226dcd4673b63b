/**
 * Whatever head is accepted here, Node's own server reads alike: its method, target, version, fields, host and upgrade,
 * and where it ends: the body begins there for Node too, and behind that the next request, so that nobody can hide one
 * from either. Where the two differ, the difference stands here with its reason, so that a new one shows as a failure.
 */
import { METHODS } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRequestHead } from '../../src/http/index.ts';
import type { RequestHead, RequestHeadCode, RequestHeadOptions } from '../../src/http/index.ts';
import { requestHeads } from '../generators/http.ts';
import { numRuns as runs } from '../runs.ts';
import { same } from '../same.ts';
import { bytes, concat } from '../vectors/build.ts';
import { END, headBytes, HOST, httpAcceptances, httpRefusals } from '../vectors/http.ts';
import type { HttpRow } from '../vectors/http.ts';
import { createNodeServer } from './node.ts';
import type { NodeRequest, NodeVerdict } from './node.ts';

const numRuns = runs * 12;
const node = Number(process.versions.node.split('.')[0]);
const { ask, follow } = createNodeServer();

/** Where a host and port lead, as a URL has it, to which it does not matter here what punycode says. */
function place(text: string): string {
  const { hostname, port } = new URL(`http://${text.replace(/xn--/gi, 'xn__')}`);
  return `${hostname.replace(/\.$/, '')} ${port}`;
}

const written = ({ host, port }: NonNullable<RequestHead['authority']>): string =>
  `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;

/** What a target names, where it names anything. */
function authorityOf({ method, target }: Pick<RequestHead, 'method' | 'target'>): string | undefined {
  return method === 'CONNECT' ? target : /^[^/?]*:\/\/([^/?]*)/.exec(target)?.[1];
}

/** The parts of a request in which Node says something else. */
function differingParts(head: RequestHead, request: NodeRequest): string[] {
  const parts: string[] = [];
  for (const part of ['method', 'target', 'version'] as const) if (head[part] !== request[part]) parts.push(part);
  if (JSON.stringify(head.headers) !== JSON.stringify(request.headers)) parts.push('headers');

  const isTunnel = head.method === 'CONNECT' || head.upgrade.length > 0;
  if (isTunnel !== request.isTunnel) parts.push('upgrade');

  const target = authorityOf(request);
  const { authority, hostDiffers } = head;
  if (target === undefined) {
    if (authority === undefined ? (request.host ?? '') !== '' : place(request.host!) !== place(written(authority))) {
      parts.push('host');
    }
    if (hostDiffers) parts.push('hostDiffers');
  } else {
    if (authority === undefined || place(target) !== place(written(authority))) parts.push('authority');
    const { host } = request;
    // Where one of the two leaves out the port, that is the scheme's, which is of no concern here.
    const isSame = host !== undefined && host !== '' && place(host).split(' ')[0] === place(target).split(' ')[0];
    if (host !== undefined && (hostDiffers || !isSame)) parts.push('host');
  }
  return parts;
}

/** A body that is a request to whoever takes the length of it for another. */
const hidden = 'GET /hidden HTTP/1.1\r\nHost: hidden.example\r\n\r\n';
const second = 'GET /second HTTP/1.1\r\nHost: second.example\r\n\r\n';

/** The body that a head asks for, and as it is sent; undefined where it is too long to be. */
function bodyFor(head: RequestHead): { readonly body: string; readonly sent: string } | undefined {
  if (valuesOf(head, 'transfer-encoding').length > 0) {
    return { body: hidden, sent: `${hidden.length.toString(16)};a=b\r\n${hidden}\r\n0\r\n\r\n` };
  }
  const length = Number(valuesOf(head, 'content-length')[0] ?? 0);
  const body = hidden.repeat(Math.ceil(Math.min(length, 5000) / hidden.length)).slice(0, length);
  return body.length === length ? { body, sent: body } : undefined;
}

/**
 * Where Node does not find the body behind a head, or behind that the next request: the code of its error, or `body`.
 * The next request need not be one any more: it may be for the other end of a tunnel, or come too late.
 */
async function differingBody(head: Uint8Array, value: RequestHead): Promise<string[]> {
  const { body, sent } = bodyFor(value) ?? {};
  if (body === undefined) return [];
  const { requests, tunnel, error } = await follow(bytes(head, sent!, second));
  const [first, next] = requests;
  // Of a request to upgrade Node 26 reads the body, and older ones hand it on.
  const isHandedOn = tunnel === sent + second || (tunnel === second && first?.body === body);
  if (tunnel !== undefined) return isHandedOn ? [] : ['body'];
  // It reads one byte of what comes too late.
  const isLast = error?.code === 'HPE_CLOSED_CONNECTION' && error.offset === head.length + sent!.length + 1;
  if (error !== undefined && !isLast) return [error.code];
  const isNext = isLast ? next === undefined : next?.target === '/second' && next.body === '';
  return first?.body === body && isNext ? [] : ['body'];
}

interface Accepted {
  readonly text: string;
  readonly options: RequestHeadOptions | undefined;
  readonly head: RequestHead;
}

/** What is accepted here and refused, or read otherwise, by Node. */
interface Difference {
  readonly reason: string;
  /** The error of Node, or the part that differs. */
  readonly verdict: RegExp;
  readonly covers: (accepted: Accepted) => boolean;
  /** By Node's major version; all unless given. */
  readonly nodes?: (major: number) => boolean;
}

const valuesOf = ({ headers }: RequestHead, name: string): string[] =>
  headers.filter((field) => field.name.toLowerCase() === name).map((field) => field.value);

const differences: readonly Difference[] = [
  {
    reason: 'RFC 9112 3.2.2: Node says what Host says, where the target names another authority',
    verdict: /^host$/,
    covers: ({ head }) => head.hostDiffers,
  },
  {
    reason: 'RFC 9110 16.1: Node does not know all registered methods',
    verdict: /^HPE_INVALID_METHOD$/,
    covers: ({ head }) => !METHODS.includes(head.method),
  },
  {
    reason: 'RFC 9112 6.3: Node refuses a Content-Length twice also where both say the same',
    verdict: /^HPE_UNEXPECTED_CONTENT_LENGTH$/,
    covers: ({ head }) => valuesOf(head, 'content-length').length > 1,
  },
  {
    reason: 'RFC 9110 5.5: Node refuses a tab behind the number of Content-Length',
    verdict: /^HPE_INVALID_CONTENT_LENGTH$/,
    covers: ({ text }) => /\ncontent-length:[^\n]*[0-9] *\t/i.test(text),
    nodes: (major) => major < 22,
  },
  {
    reason: 'RFC 9110 5.6.1.2: Node does not ignore all empty elements of Transfer-Encoding',
    verdict: /^HPE_INVALID_TRANSFER_ENCODING$/,
    covers: ({ head }) => valuesOf(head, 'transfer-encoding').some((value) => /(?:^|,)[ \t]*(?:$|,)/.test(value)),
  },
  {
    reason: 'RFC 9110 5.5: Node refuses a tab behind Transfer-Encoding, once the body comes',
    verdict: /^HPE_INVALID_TRANSFER_ENCODING$/,
    covers: ({ text }) => /\ntransfer-encoding:[^\n]*chunked *\t/i.test(text),
  },
  {
    reason: 'RFC 3986 3.1: Node takes letters only for a scheme',
    verdict: /^HPE_INVALID_URL$/,
    covers: ({ head }) => /^[a-z]+[^a-z:/?]+[^/?]*:\/\//i.test(head.target),
  },
  {
    reason: 'RFC 9110 7.8: of HTTP/1.0 Upgrade is to be ignored, which Node does not',
    verdict: /^upgrade$/,
    covers: ({ head }) => head.version === '1.0' && valuesOf(head, 'upgrade').length > 0,
  },
  {
    reason: 'RFC 9110 5.6.3: Node does not ignore tabs in Connection',
    verdict: /^upgrade$/,
    covers: ({ text }) => /\nconnection:[^\n]*\t/i.test(text),
    nodes: (major) => major < 22,
  },
  {
    reason: 'RFC 9112 C.2.2: Node takes Proxy-Connection for Connection',
    verdict: /^upgrade$/,
    covers: ({ head }) => valuesOf(head, 'proxy-connection').length > 0,
  },
  {
    reason: 'RFC 9110 7.8: Node tells of a request to upgrade once its body is there',
    verdict: /^closed$/,
    covers: ({ head }) => valuesOf(head, 'upgrade').length > 0 && bodyFor(head)?.sent !== '',
    nodes: (major) => major > 24,
  },
  {
    reason: 'RFC 9112 2.2: Node takes no LF alone, which was allowed here',
    verdict: /^HPE_/,
    covers: ({ text, options }) => options?.allowBareLf === true && /(?:^|[^\r])\n/.test(text),
  },
];

/** What Node accepts and is refused here. */
interface Refused {
  readonly code: RequestHeadCode;
  readonly reason: string;
  readonly nodes?: (major: number) => boolean;
}

const refused: readonly Refused[] = [
  {
    code: 'http.not_http',
    reason: 'methods of RTSP, empty lines without end before a request, CR or LF alone in them',
  },
  { code: 'http.line.limit', reason: 'Node has a limit of its own for the whole head only' },
  { code: 'http.head.limit', reason: 'Node has another limit' },
  { code: 'http.line.bare_lf', reason: 'LF alone behind the target of HTTP/0.9' },
  { code: 'http.request_line.syntax', reason: 'HTTP/0.9, many spaces, and CONNECT of nothing' },
  { code: 'http.version.unsupported', reason: 'HTTP/0.9 and HTTP/2.0, RTSP and ICE, and many spaces' },
  { code: 'http.target.syntax', reason: 'a fragment, and whatever begins with *' },
  { code: 'http.target.asterisk', reason: '* with any method' },
  { code: 'http.target.authority', reason: 'userinfo, no host, hosts and ports that are none' },
  { code: 'http.host.missing', reason: 'CONNECT without Host' },
  { code: 'http.host.duplicate', reason: 'the first one counts' },
  { code: 'http.host.invalid', reason: 'Host is any text' },
  { code: 'http.content_length.invalid', reason: 'numbers above 2^53-1' },
  { code: 'http.transfer_encoding.version', reason: 'HTTP/1.0 with Transfer-Encoding' },
  { code: 'http.connect.content', reason: 'the tunnel begins whatever the fields say of a body' },
  { code: 'http.transfer_encoding.chunked', reason: 'the request comes first, and the error with its body' },
  {
    code: 'http.transfer_encoding.content_length',
    reason: 'a Transfer-Encoding without a coding is forgotten',
    nodes: (major) => major < 22,
  },
];

/** What showed in a comparison. */
class Comparison {
  readonly differences = new Set<string>();
  readonly refused = new Set<RequestHeadCode>();
  acceptedByBoth = 0;

  /** Says what differs and stands in no list. */
  async compare(input: Uint8Array, options?: RequestHeadOptions): Promise<string | undefined> {
    const outcome = decodeRequestHead(input, options);
    const verdict = await ask(input);
    const text = Buffer.from(input).toString('latin1');
    if (outcome.status !== 'complete') {
      if (typeof verdict === 'string') return undefined;
      const code = outcome.status === 'malformed' ? outcome.code : undefined;
      if (code === undefined || !refused.some((each) => each.code === code && (each.nodes?.(node) ?? true))) {
        return unexplained(code ?? 'incomplete', text, verdict);
      }
      this.refused.add(code);
      return undefined;
    }

    const accepted: Accepted = { text: text.slice(0, outcome.size), options, head: outcome.value };
    const head = input.subarray(0, outcome.size);
    const found =
      typeof verdict === 'string'
        ? [verdict]
        : [...differingParts(outcome.value, verdict), ...(await differingBody(head, outcome.value))];
    for (const each of found) {
      const known = differences.find(
        ({ verdict, covers, nodes }) => (nodes?.(node) ?? true) && verdict.test(each) && covers(accepted),
      );
      if (known === undefined) return unexplained(each, text, verdict);
      this.differences.add(known.reason);
    }
    if (typeof verdict !== 'string') this.acceptedByBoth++;
    return undefined;
  }
}

function unexplained(what: string, text: string, verdict: NodeVerdict): string {
  return `${what}: ${JSON.stringify(text.slice(0, 300))} is ${JSON.stringify(verdict).slice(0, 300)}`;
}

const endings = [END, `${HOST}\r\n`, `\r\n${HOST}\r\n`].map((text) => bytes(text));

describe('the rows', () => {
  test('are read alike, or differ for a reason', async () => {
    const comparison = new Comparison();
    const found: (string | undefined)[] = [];
    for (const row of httpAcceptances) found.push(await comparison.compare(headBytes(row), row.options));
    // Those are as long as it takes to refuse them: here they end.
    for (const row of httpRefusals) {
      for (const ending of endings) found.push(await comparison.compare(concat([headBytes(row), ending]), row.options));
    }
    same(
      found.filter((each) => each !== undefined),
      [],
    );

    // Each reason is still one.
    const here = <R extends { readonly nodes?: (major: number) => boolean }>(list: readonly R[]): R[] =>
      list.filter(({ nodes }) => nodes?.(node) ?? true);
    expect([...comparison.differences].sort()).toEqual(
      here(differences)
        .map(({ reason }) => reason)
        .sort(),
    );
    expect([...comparison.refused].sort()).toEqual(
      here(refused)
        .map(({ code }) => code)
        .sort(),
    );
  });
});

describe('heads at random', () => {
  const character = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  const delimiter = fc.constantFrom(...' \t\r\n:/?#@[],;="*%.0-\0\x7f\xa0');
  const generated = requestHeads.map((head) => Buffer.from(head).toString('latin1'));

  const change = fc.record({
    at: fc.nat(),
    remove: fc.constantFrom(0, 0, 1, 1, 2),
    insert: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...' \ta0A-,.:/'.split(''), '') },
      { weight: 1, arbitrary: fc.oneof(delimiter, character, fc.constantFrom('\r\n', '\r\n ', 'Host: a\r\n')) },
    ),
  });
  const headsOf = (rows: readonly HttpRow[]): fc.Arbitrary<string> =>
    fc.constantFrom(...rows.map(({ head }) => head).filter((head) => head.length < 600));
  const mutated = fc
    .tuple(
      fc.oneof(
        generated,
        headsOf(httpAcceptances),
        headsOf(httpRefusals).map((head) => `${head}\r\n${HOST}\r\n`),
      ),
      fc.array(change, { minLength: 1, maxLength: 2 }),
    )
    .map(([head, changes]) =>
      changes.reduce((text, { at, remove, insert }) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + insert + text.slice(start + remove);
      }, head),
    );

  test.each([
    ['generated', generated, 2],
    ['changed in a few places', mutated, 15],
  ] as const)(
    '%s are read alike, or differ for a reason',
    async (_, heads, oneOf) => {
      const comparison = new Comparison();
      await fc.assert(
        fc.asyncProperty(heads, async (text) => {
          same(await comparison.compare(bytes(text)), undefined);
        }),
        { numRuns, seed: 1 },
      );
      // Enough of them, and not all refused by Node.
      expect(comparison.acceptedByBoth).toBeGreaterThan(numRuns / oneOf);
    },
    120_000,
  );
});
