import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { createRequestHeadParser, decodeRequestHead, methods, requestHeadCodes } from '../../src/http/index.ts';
import { same } from '../same.ts';
import { bytes } from '../vectors/build.ts';
import {
  acceptedHead,
  END,
  GET,
  headBytes,
  HOST,
  httpAcceptances,
  httpMethods,
  httpRefusals,
} from '../vectors/http.ts';
import { checkVerdict, titled } from './rows.ts';

describe('refusals: incomplete up to where it is decided, malformed from there on', () => {
  test.each(titled(httpRefusals))('%s', (_, row) => {
    const { code, offset, options, head, decidedAt = head.length } = row;
    checkVerdict(headBytes(row), options, decidedAt, { status: 'malformed', code, offset });
  });
});

describe('acceptances: incomplete up to the size, complete from there on', () => {
  test.each(titled(httpAcceptances))('%s', (_, row) => {
    const { options, head, size = head.length } = row;
    checkVerdict(headBytes(row), options, size, { status: 'complete', value: acceptedHead(row), size });
  });
});

describe('codes', () => {
  it('are listed, each once, and each has its rows', () => {
    expect(new Set(requestHeadCodes).size).toBe(requestHeadCodes.length);
    const codes = new Set([...httpRefusals.map(({ code }) => code), 'http.head.truncated' as const]);
    expect([...codes].sort()).toEqual([...requestHeadCodes].sort());
  });
});

describe('RFC 9110 16.1 (methods)', () => {
  it('are the registered ones and those that are known to be in use, each once', () => {
    expect([...methods].sort()).toEqual([...httpMethods].sort());
    expect(new Set(methods).size).toBe(45);
  });

  /** With the space behind it, every beginning of every method. */
  const beginnings = new Set(
    httpMethods.flatMap((method) => Array.from(`${method} `, (_, at) => `${method} `.slice(0, at + 1))),
  );

  test.each(['', '\r\n', '\r\n\r\n'])('every byte value behind each beginning of a method, behind %j', (before) => {
    for (const beginning of ['', ...beginnings]) {
      // Behind empty lines the first letter alone is judged otherwise.
      if (beginning.endsWith(' ') || (before !== '' && beginning.length > 1)) continue;
      const input = bytes(before, beginning, 0);
      for (let byte = 0; byte < 256; byte++) {
        input[input.length - 1] = byte;
        const outcome = decodeRequestHead(input);
        const isEmptyLine = beginning === '' && byte === 0x0d && before.length < 4;
        if (isEmptyLine || beginnings.has(beginning + String.fromCharCode(byte))) {
          same(outcome, { status: 'incomplete', needed: 1 });
        } else same(outcome, { status: 'malformed', code: 'http.not_http', offset: input.length - 1 });
      }
    }
  });

  test('anything goes behind the space but the end of the line', () => {
    for (const method of httpMethods) {
      for (let byte = 0; byte < 256; byte++) {
        const { status } = decodeRequestHead(bytes(method, ' ', byte));
        same(status, byte === 0x0a ? 'malformed' : 'incomplete');
      }
    }
  });
});

describe('every byte value', () => {
  const allBytes = Array.from({ length: 256 }, (_, byte) => byte);
  const takenIn = (before: string, behind: string): number[] =>
    allBytes.filter((byte) => decodeRequestHead(bytes(before, byte, behind)).status === 'complete');
  const codes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
  const visible = allBytes.slice(0x21, 0x7f);

  test('RFC 9112 3.2: in a target, visible characters but #', () => {
    expect(takenIn('GET /a', `b HTTP/1.1\r\n${HOST}\r\n`)).toEqual(visible.filter((byte) => byte !== 0x23));
  });

  test('RFC 9112 2.3: for each character of the version, itself alone, and 0 or 1 at the end', () => {
    const version = 'HTTP/1.1';
    for (let at = 0; at < version.length; at++) {
      const taken = takenIn(`GET / ${version.slice(0, at)}`, `${version.slice(at + 1)}\r\n${HOST}\r\n`);
      expect(taken).toEqual(codes(at === 7 ? '01' : version[at]!));
    }
  });

  test('RFC 9110 5.6.2: in a name, characters of a token, and the colon that ends it', () => {
    const characters = "!#$%&'*+-.0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
    expect(takenIn(`${GET}${HOST}Fo`, 'o: bar\r\n\r\n')).toEqual(codes(characters));
    expect(takenIn(`${GET}${HOST}`, ': bar\r\n\r\n')).toEqual(codes(characters.replace(':', '')));
  });

  test('RFC 9110 5.5: in a value, visible characters, white space, and whatever is beyond ASCII', () => {
    const taken = allBytes.filter((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));
    expect(takenIn(`${GET}${HOST}Foo: a`, 'b\r\n\r\n')).toEqual(taken);
    expect(takenIn(`${GET}${HOST}Foo:`, '\r\n\r\n')).toEqual(taken);
    expect(takenIn(`${GET}${HOST}Foo: bar`, '\r\n\r\n')).toEqual(taken);
  });

  test('RFC 9110 8.6: in Content-Length, digits', () => {
    expect(takenIn(`${GET}${HOST}Content-Length: 1`, '2\r\n\r\n')).toEqual(codes('0123456789'));
  });

  test('RFC 3986 3.2.3: in a port, digits', () => {
    expect(takenIn(`${GET}Host: example.com:8`, '1\r\n\r\n')).toEqual(codes('0123456789'));
  });
});

describe('the options', () => {
  const head = bytes(GET, HOST, END);
  const refused = (code: string, offset: number): unknown => ({ status: 'malformed', code, offset });

  test('none are needed, and undefined is none', () => {
    const expected = decodeRequestHead(head);
    expect(expected.status).toBe('complete');
    expect(decodeRequestHead(head, {})).toStrictEqual(expected);
    expect(decodeRequestHead(head, undefined)).toStrictEqual(expected);
    expect(createRequestHeadParser({}).push(head)).toStrictEqual(expected);
    const options = { maxBytes: undefined, maxLineBytes: undefined, allowBareLf: undefined };
    expect(decodeRequestHead(head, options)).toStrictEqual(expected);
    expect(createRequestHeadParser(options).push(head)).toStrictEqual(expected);
  });

  test.each([-1, -Infinity, NaN, 0, 0.5, -0])('a limit of %d is one of no bytes', (limit) => {
    expect(decodeRequestHead(head, { maxBytes: limit })).toEqual(refused('http.head.limit', 0));
    expect(decodeRequestHead(head, { maxLineBytes: limit })).toEqual(refused('http.line.limit', 0));
    expect(createRequestHeadParser({ maxBytes: limit }).push(head)).toEqual(refused('http.head.limit', 0));
    expect(createRequestHeadParser({ maxLineBytes: limit }).push(head)).toEqual(refused('http.line.limit', 0));
  });

  test('maxBytes: from how many on the head fits', () => {
    for (let maxBytes = 0; maxBytes <= head.length + 2; maxBytes++) {
      const fits = maxBytes >= head.length;
      same(decodeRequestHead(head, { maxBytes }).status, fits ? 'complete' : 'malformed', String(maxBytes));
      // Nothing waits for more than it may have.
      const waits = decodeRequestHead(head.subarray(0, maxBytes), { maxBytes }).status;
      same(waits, fits ? 'complete' : 'malformed', String(maxBytes));
    }
  });

  test('maxLineBytes: from how many on its longest line fits', () => {
    for (let maxLineBytes = 0; maxLineBytes <= 30; maxLineBytes++) {
      const fits = maxLineBytes >= HOST.length;
      const offset = maxLineBytes < GET.length ? 0 : GET.length;
      const outcome = decodeRequestHead(head, { maxLineBytes });
      if (fits) expect(outcome.status).toBe('complete');
      else expect(outcome).toEqual(refused('http.line.limit', offset));
    }
  });

  test('allowBareLf: every choice of line ends', () => {
    const lines = ['', '', 'GET / HTTP/1.1', 'Host: example.com', 'Foo: bar', ''];
    for (let choice = 0; choice < 1 << lines.length; choice++) {
      const isBare = (i: number): boolean => ((choice >> i) & 1) === 1;
      const text = lines.map((line, i) => line + (isBare(i) ? '\n' : '\r\n')).join('');
      same(decodeRequestHead(bytes(text), { allowBareLf: true }).status, 'complete');
      same(decodeRequestHead(bytes(text)).status, choice === 0 ? 'complete' : 'malformed');
    }
  });
});

describe('the input', () => {
  const text =
    'POST /a?b HTTP/1.1\r\nHost: WWW.Example.com:8080\r\nconnection: Upgrade\r\nUpgrade: h2c, a\r\nFoo:\r\n\r\n';
  const head = bytes(text);
  const expected = decodeRequestHead(head);

  it('gives plain data that outlives it', () => {
    const input = Buffer.from(head);
    const outcome = decodeRequestHead(input);
    input.fill(0);
    expect(outcome).toStrictEqual({
      status: 'complete',
      value: {
        method: 'POST',
        target: '/a?b',
        version: '1.1',
        headers: [
          { name: 'Host', value: 'WWW.Example.com:8080' },
          { name: 'connection', value: 'Upgrade' },
          { name: 'Upgrade', value: 'h2c, a' },
          { name: 'Foo', value: '' },
        ],
        authority: { host: 'www.example.com', port: 8080 },
        hostDiffers: false,
        upgrade: ['h2c', 'a'],
        webSocket: false,
      },
      size: head.length,
    });
    expect(structuredClone(outcome)).toStrictEqual(outcome);
    expect(JSON.parse(JSON.stringify(outcome))).toStrictEqual(outcome);
  });

  it('has no port in the authority where none was given', () => {
    const outcome = decodeRequestHead(bytes(GET, HOST, END));
    if (outcome.status !== 'complete') throw new Error(outcome.status);
    expect(Object.keys(outcome.value.authority!)).toEqual(['host']);
  });

  it('may lie anywhere, be a Buffer, or come from another realm', () => {
    const memory = bytes('GET / HTTP/1.1\r\n', head, '\r\n');
    const at = 16;
    expect(decodeRequestHead(memory.subarray(at, at + head.length))).toStrictEqual(expected);
    expect(decodeRequestHead(Buffer.from(memory.buffer, at, head.length))).toStrictEqual(expected);
    const foreign = runInNewContext('Uint8Array.from(head)', { head: [...head] }) as Uint8Array;
    expect(foreign instanceof Uint8Array).toBe(false);
    expect(decodeRequestHead(foreign)).toStrictEqual(expected);
    expect(createRequestHeadParser().push(foreign)).toStrictEqual(expected);
    expect(decodeRequestHead(new DataView(memory.buffer, at, head.length) as unknown as Uint8Array)).toStrictEqual(
      expected,
    );
  });

  it('is not changed', () => {
    const input = head.slice();
    decodeRequestHead(input);
    createRequestHeadParser().push(input);
    expect(input).toEqual(head);
  });

  test.each([['text'], [[71, 69, 84]], [null], [undefined], [new ArrayBuffer(8)]])('must be bytes, not %j', (input) => {
    expect(() => decodeRequestHead(input as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => createRequestHeadParser().push(input as unknown as Uint8Array)).toThrow(TypeError);
  });
});

describe('the parser', () => {
  const head = bytes(GET, HOST, 'Foo: bar\r\n', END);
  const expected = decodeRequestHead(head);

  it('gives the same answer for every way to cut a head in three', () => {
    for (let one = 0; one <= head.length; one++) {
      for (let two = one; two <= head.length; two++) {
        const parser = createRequestHeadParser();
        parser.push(head.subarray(0, one));
        parser.push(head.subarray(one, two));
        same(parser.push(head.subarray(two)), expected);
      }
    }
  });

  it('waits through empty chunks', () => {
    const parser = createRequestHeadParser();
    for (const byte of head) {
      if (parser.bytes.length > 0) same(parser.push(new Uint8Array(0)), { status: 'incomplete', needed: 1 });
      parser.push(Uint8Array.of(byte));
    }
    same(parser.push(new Uint8Array(0)), expected);
  });

  it('copies what it is given', () => {
    const parser = createRequestHeadParser();
    const chunk = new Uint8Array(1);
    let outcome: unknown;
    for (const byte of head) {
      chunk[0] = byte;
      outcome = parser.push(chunk);
      chunk[0] = 0;
    }
    expect(outcome).toStrictEqual(expected);
    expect(parser.bytes).toEqual(head);
  });

  it('keeps the chunk that decided, and nothing behind', () => {
    const parser = createRequestHeadParser();
    parser.push(head.subarray(0, 30));
    const rest = bytes(head.subarray(30), 'a body');
    expect(parser.push(rest)).toStrictEqual(expected);
    expect(parser.push(bytes('more of it'))).toStrictEqual(expected);
    expect(parser.end()).toStrictEqual(expected);
    expect(new TextDecoder().decode(parser.bytes)).toBe(`${GET}${HOST}Foo: bar\r\n\r\na body`);
  });

  it('is refused at the end of nothing', () => {
    const parser = createRequestHeadParser();
    expect(parser.end()).toEqual({ status: 'malformed', code: 'http.head.truncated', offset: 0 });
    expect(parser.push(head)).toEqual({ status: 'malformed', code: 'http.head.truncated', offset: 0 });
    expect(parser.bytes).toHaveLength(0);
  });

  it('does not mix with another one', () => {
    const [one, two] = [createRequestHeadParser(), createRequestHeadParser()];
    const other = bytes('GET /other HTTP/1.0\r\n\r\n');
    for (let at = 0; at < head.length; at++) {
      one.push(head.subarray(at, at + 1));
      two.push(other.subarray(at, at + 1));
    }
    expect(one.end()).toStrictEqual(expected);
    expect(two.end()).toStrictEqual(decodeRequestHead(other));
  });
});
