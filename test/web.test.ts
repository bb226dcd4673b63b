/** The adapter for web streams: what its stream gives, when it asks for more, and how it ends. */
import { getEventListeners } from 'node:events';
import type { UnderlyingByteSource } from 'node:stream/web';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { createPreread, preread } from '../src/preread.ts';
import type { PrereadCode } from '../src/preread.ts';
import { ssh, tls } from '../src/sniff/index.ts';
import type { TcpProtocol } from '../src/sniff/index.ts';
import { prereadStream } from '../src/web.ts';
import type { AdapterOptions, Answer, StreamAnswer } from '../src/web.ts';
import { elapsed, optionsFor } from './adapters.ts';
import { plain } from './plain.ts';
import { bytes, concat } from './vectors/build.ts';
import { GET, HALF_HELLO, HELLO, NOTHING, openings, SSH } from './vectors/openings.ts';
import { CLIENT } from './vectors/preread.ts';
import { proxyV1, proxyV2, tlv } from './vectors/proxy.ts';

const V1 = proxyV1(`TCP4 ${CLIENT} 198.51.100.1 56324 443`);
const V2 = proxyV2();
const MORE = bytes('more');
const fronts = { 'no header': NOTHING, 'version 1': V1, 'version 2': V2 } as const;

/** For whatever must not take long, on a machine that is busy elsewhere. */
const PROMPT = 8000;

const truncatedHello = { status: 'malformed', code: 'tls.client_hello.truncated', offset: HALF_HELLO.length } as const;
const silent = { status: 'complete', value: { protocol: 'silent' } } as const;

type Bytes = Uint8Array;

/** A stream whose other end a test holds. It asks for a chunk only when it is asked for one. */
class Source {
  readonly stream: ReadableStream<Bytes>;
  pulls = 0;
  readonly cancelled: unknown[] = [];
  #controller!: ReadableStreamDefaultController<Bytes>;

  /** @param onPull called with the controller each time that a chunk is asked for */
  constructor(
    onPull: (controller: ReadableStreamDefaultController<Bytes>, pulls: number) => void = () => {},
    onCancel?: () => Promise<void>,
  ) {
    this.stream = new ReadableStream<Bytes>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: (controller) => onPull(controller, ++this.pulls),
        cancel: (reason) => {
          this.cancelled.push(reason);
          return onCancel?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  write(...chunks: readonly Bytes[]): this {
    for (const chunk of chunks) this.#controller.enqueue(chunk);
    return this;
  }

  close(): this {
    this.#controller.close();
    return this;
  }

  error(error: unknown): this {
    this.#controller.error(error);
    return this;
  }
}

/** Chunks that are there when they are asked for, and the end. */
const streamOf = (...chunks: readonly Bytes[]): ReadableStream<Bytes> =>
  new Source((controller, pulls) => {
    const chunk = chunks[pulls - 1];
    if (chunk === undefined) controller.close();
    else controller.enqueue(chunk);
  }).stream;

async function all(stream: ReadableStream<Bytes>): Promise<Bytes> {
  const chunks: Bytes[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return concat(chunks);
}

const cuts: Readonly<Record<string, (input: Bytes) => Bytes[]>> = {
  'in one chunk': (input) => [input],
  'byte by byte': (input) => Array.from(input, (byte) => Uint8Array.of(byte)),
  'with empty chunks in between': (input) => [NOTHING, input.subarray(0, 40), NOTHING, NOTHING, input.subarray(40), NOTHING],
};

/** Without what the adapter adds. */
function outcomeOf<N extends string>(answer: StreamAnswer<N>): unknown {
  const { bytes: _bytes, proxy: _proxy, ended: _ended, error: _error, readable: _readable, ...outcome } = answer;
  return plain(outcome);
}

const withClock = async (run: () => Promise<void>): Promise<void> => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  try {
    await run();
  } finally {
    vi.useRealTimers();
  }
};

describe('prereadStream', () => {
  describe.each(openings)('%s', (_, opening, expected) => {
    describe.each(Object.entries(fronts))('behind %s', (_, front) => {
      test.each(Object.entries(cuts))('is answered as by preread, and replayed: %s', async (_, cut) => {
        const whole = concat([front, opening]);
        const answer = await prereadStream(streamOf(...cut(whole), MORE, MORE), optionsFor(front));
        expect(answer).toMatchObject(expected);
        expect(outcomeOf(answer)).toEqual(plain(preread(whole, optionsFor(front))));
        expect([answer.ended, answer.error]).toEqual([undefined, undefined]);
        expect(answer.proxy?.source).toEqual(front === NOTHING ? undefined : { family: 'IPv4', address: CLIENT, port: 56324 });
        expect(answer.bytes.length).toBeGreaterThan(front.length);
        expect(answer.bytes).toEqual(whole.subarray(0, answer.bytes.length));
        expect(await all(answer.readable)).toEqual(concat([opening, MORE, MORE]));
      });
    });
  });

  test('a PROXY header where none is allowed is an answer, and is replayed', async () => {
    const answer = await prereadStream(streamOf(V1, GET));
    expect(answer).toMatchObject({ status: 'malformed', code: 'preread.proxy.unexpected', offset: 0, proxy: undefined });
    expect(await all(answer.readable)).toEqual(concat([V1, GET]));
  });

  test('the header is there where what follows is refused, and is not replayed', async () => {
    const front = proxyV2({ tlvs: tlv(5, 'an id') });
    const answer = await prereadStream(streamOf(concat([front, V1, GET])), { proxy: 'require' });
    expect(answer).toMatchObject({
      ...{ status: 'malformed', code: 'preread.proxy.unexpected', offset: front.length },
      proxy: { source: { address: CLIENT }, tlvs: [{ type: 5, value: bytes('an id') }] },
    });
    expect(await all(answer.readable)).toEqual(concat([V1, GET]));
  });

  test('the types follow the matchers', async () => {
    const own = await prereadStream(streamOf(SSH), { matchers: [ssh, tls] });
    expectTypeOf(own).toEqualTypeOf<StreamAnswer<'ssh' | 'tls'>>();
    expectTypeOf(own).toExtend<Answer<'ssh' | 'tls'>>();
    if (own.status === 'complete') expectTypeOf(own.value.protocol).toEqualTypeOf<'ssh' | 'tls' | 'unknown' | 'silent'>();
    else expectTypeOf(own.code).toEqualTypeOf<PrereadCode>();
    const any = await prereadStream(streamOf(SSH));
    expectTypeOf(any).toEqualTypeOf<StreamAnswer<TcpProtocol>>();
    expectTypeOf(any.readable).toEqualTypeOf<ReadableStream<Uint8Array>>();
    expect([own, any]).toMatchObject([{ value: { protocol: 'ssh' } }, { value: { protocol: 'ssh' } }]);
  });

  test('the bounds of createPreread hold', async () => {
    const answer = await prereadStream(streamOf(HALF_HELLO, MORE), { maxBytes: 64 });
    expect(answer).toMatchObject({ status: 'malformed', code: 'tls.handshake.limit', ended: undefined });
    expect(await all(answer.readable)).toEqual(concat([HALF_HELLO, MORE]));
    const other = await prereadStream(streamOf(V2, GET), { proxy: 'require', proxyHeader: { maxBytes: 20 } });
    expect(other).toMatchObject({ status: 'malformed', code: 'proxy.header.limit' });
  });

  test('locks the stream', async () => {
    const { stream } = new Source().write(GET);
    const answering = prereadStream(stream);
    expect(stream.locked).toBe(true);
    await answering;
    expect(stream.locked).toBe(true);
  });

  test('bytes are a copy: to change them changes nothing else, nor does what becomes of a chunk', async () => {
    const chunk = HELLO.slice();
    const answer = await prereadStream(streamOf(chunk, MORE));
    chunk.fill(0);
    answer.bytes.fill(0xff);
    if (answer.status !== 'complete' || answer.value.protocol !== 'tls') expect.fail();
    expect(answer.value.tls.toJSON().random).toBe(Buffer.from(HELLO.subarray(11, 43)).toString('hex'));
    const replayed = await all(answer.readable);
    expect(replayed).toEqual(concat([HELLO, MORE]));
    expect(answer.value.tls.serverName).toEqual({ kind: 'dns', host: 'www.example.com' });
  });

  test('to change what is replayed does not change the hello or the bytes', async () => {
    const answer = await prereadStream(streamOf(HELLO));
    const { value } = await answer.readable.getReader().read();
    value!.fill(0);
    expect(answer.bytes).toEqual(HELLO);
    if (answer.status !== 'complete' || answer.value.protocol !== 'tls') expect.fail();
    expect(answer.value.tls.toJSON().random).toBe(Buffer.from(HELLO.subarray(11, 43)).toString('hex'));
  });
});

describe('the end of the stream', () => {
  test('without a byte: silent', async () => {
    const answer = await prereadStream(streamOf());
    expect(answer).toMatchObject({ ...silent, ended: 'end', error: undefined, bytes: NOTHING });
    expect(await answer.readable.getReader().read()).toEqual({ done: true, value: undefined });
  });

  test('behind the header: silent, with the header, and nothing is replayed', async () => {
    const answer = await prereadStream(streamOf(V2), { proxy: 'require' });
    expect(answer).toMatchObject({ ...silent, ended: 'end', proxy: { source: { address: CLIENT } } });
    expect(answer.bytes).toEqual(V2);
    expect(await answer.readable.getReader().read()).toEqual({ done: true, value: undefined });
  });

  test('without a header where one must be: that is missing', async () => {
    const answer = await prereadStream(streamOf(), { proxy: 'require' });
    expect(answer).toMatchObject({ status: 'malformed', code: 'preread.proxy.missing', offset: 0, ended: 'end' });
  });

  test.each(Object.entries(fronts))('in half a hello: malformed, and the half is replayed, and then the end: %s', async (_, front) => {
    const answer = await prereadStream(streamOf(front, HALF_HELLO.subarray(0, 50), HALF_HELLO.subarray(50)), optionsFor(front));
    expect(answer).toMatchObject({ ...truncatedHello, offset: front.length + HALF_HELLO.length, ended: 'end' });
    expect(await all(answer.readable)).toEqual(HALF_HELLO);
  });

  test('behind a request: it counts for nothing', async () => {
    const answer = await prereadStream(new Source().write(GET).close().stream);
    expect(answer).toMatchObject({ value: { protocol: 'http1' }, ended: undefined });
    expect(await all(answer.readable)).toEqual(GET);
  });
});

describe('a stream that fails', () => {
  const broken = new Error('broken');

  test.each([
    ['at once', NOTHING, silent],
    ['in half a hello', HALF_HELLO, truncatedHello],
  ])('%s: what the bytes so far are; those are replayed, and then the very error comes', async (_, opening, expected) => {
    const source = new Source((controller, pulls) => {
      if (pulls === 1 && opening.length > 0) controller.enqueue(opening);
      else controller.error(broken);
    });
    const answer = await prereadStream(source.stream);
    expect(answer).toMatchObject({ ...expected, ended: 'reset' });
    expect(answer.error).toBe(broken);
    const reader = answer.readable.getReader();
    if (opening.length > 0) expect(await reader.read()).toEqual({ done: false, value: opening });
    await expect(reader.read()).rejects.toBe(broken);
    await expect(reader.closed).rejects.toBe(broken);
  });

  test('with no error that is one: the same', async () => {
    const answer = await prereadStream(new Source().error('a text').stream);
    expect(answer).toMatchObject({ ...silent, ended: 'reset', error: 'a text' });
    await expect(answer.readable.getReader().read()).rejects.toBe('a text');
  });

  test('behind the header: shows that', async () => {
    const source = new Source((controller, pulls) => (pulls === 1 ? controller.enqueue(V2) : controller.error(broken)));
    const answer = await prereadStream(source.stream, { proxy: 'require' });
    expect(answer).toMatchObject({ ...silent, ended: 'reset', proxy: { source: { address: CLIENT } } });
    await expect(all(answer.readable)).rejects.toBe(broken);
  });

  test('after the answer: the bytes, and then the very error', async () => {
    const source = new Source().write(GET);
    const { readable, ended } = await prereadStream(source.stream);
    expect(ended).toBeUndefined();
    source.error(broken);
    const reader = readable.getReader();
    expect(await reader.read()).toEqual({ done: false, value: GET });
    await expect(reader.read()).rejects.toBe(broken);
  });

  test('after the deadline, with nobody there to read: is nobody’s error', async () => {
    const source = new Source();
    const { readable } = await prereadStream(source.stream, { timeout: 1 });
    source.error(broken);
    // An unhandled rejection would show by now.
    await setImmediate();
    await expect(readable.getReader().read()).rejects.toBe(broken);
  });
});

describe('the deadline', () => {
  test('counts from the call, however the bytes trickle in; they are replayed, and what comes late is there', async () => {
    const timeout = 150;
    const run = async (front: Bytes): Promise<void> => {
      const source = new Source().write(front, HALF_HELLO.subarray(0, 50));
      let isOver = false;
      const trickling = (async () => {
        let at = 50;
        for (; !isOver; at++) {
          source.write(HELLO.subarray(at, at + 1));
          await setTimeout(20);
        }
        source.write(HELLO.subarray(at), MORE).close();
      })();
      const [answer, took] = await elapsed(prereadStream(source.stream, { ...optionsFor(front), timeout }));
      isOver = true;
      expect(answer).toMatchObject({ status: 'malformed', code: 'tls.client_hello.truncated', ended: 'timeout', error: undefined });
      expect(took).toBeGreaterThanOrEqual(timeout - 5);
      expect(took).toBeLessThan(PROMPT);
      expect(answer.bytes.length).toBeGreaterThan(front.length + 50);
      await trickling;
      expect(await all(answer.readable)).toEqual(concat([HELLO, MORE]));
    };
    await Promise.all(Object.values(fronts).map(run));
  });

  test('of one who says nothing: silent, and what comes late is there', async () => {
    const source = new Source();
    const [answer, took] = await elapsed(prereadStream(source.stream, { timeout: 30 }));
    expect(answer).toMatchObject({ ...silent, ended: 'timeout', bytes: NOTHING });
    expect(took).toBeGreaterThanOrEqual(25);
    expect(took).toBeLessThan(PROMPT);
    const reading = all(answer.readable);
    source.write(GET);
    await setImmediate();
    source.write(MORE).close();
    expect(await reading).toEqual(concat([GET, MORE]));
  });

  test('of one who sends no header where one must be', async () => {
    const answer = await prereadStream(new Source().stream, { timeout: 1, proxy: 'require' });
    expect(answer).toMatchObject({ status: 'malformed', code: 'preread.proxy.missing', ended: 'timeout' });
  });

  test.each([
    ['the end', (source: Source) => source.close()],
    ['bytes and the end', (source: Source) => source.write(MORE).close()],
  ])('passes on %s that come behind it', async (what, finish) => {
    const source = new Source().write(HALF_HELLO);
    const { readable } = await prereadStream(source.stream, { timeout: 1 });
    finish(source);
    expect(await all(readable)).toEqual(what === 'the end' ? HALF_HELLO : concat([HALF_HELLO, MORE]));
  });

  test.each([
    ['unless given, it is 10 seconds', undefined, 10_000],
    ['the longest is 2^31-1 ms', 2 ** 31 - 1, 2 ** 31 - 1],
  ])('%s', (_, timeout, milliseconds) =>
    withClock(async () => {
      let isSettled = false;
      const answering = prereadStream(new Source().stream, { timeout });
      void answering.then(() => (isSettled = true));
      vi.advanceTimersByTime(milliseconds - 1);
      await setImmediate();
      expect(isSettled).toBe(false);
      vi.advanceTimersByTime(1);
      expect(await answering).toMatchObject({ ...silent, ended: 'timeout' });
    }),
  );

  test('Infinity is none', () =>
    withClock(async () => {
      const source = new Source();
      const answering = prereadStream(source.stream, { timeout: Infinity });
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(2 ** 40);
      source.write(GET);
      expect(await answering).toMatchObject({ value: { protocol: 'http1' }, ended: undefined });
    }));

  test('nothing goes on counting after an answer', () =>
    withClock(async () => {
      const controller = new AbortController();
      const answering = [
        prereadStream(streamOf(GET)),
        prereadStream(streamOf(HALF_HELLO)),
        prereadStream(new Source().error(new Error('broken')).stream),
        prereadStream(streamOf('text' as unknown as Bytes)).catch(() => {}),
        prereadStream(new Source().stream, { signal: controller.signal }).catch(() => {}),
        prereadStream(new Source().stream, { signal: AbortSignal.abort() }).catch(() => {}),
      ];
      controller.abort();
      await Promise.all(answering);
      expect(vi.getTimerCount()).toBe(0);
    }));
});

describe('what rejects', () => {
  const untouched = async (options: unknown, error: ErrorConstructor, message: string): Promise<void> => {
    const { stream, pulls } = new Source();
    const answering = prereadStream(stream, options as AdapterOptions);
    await expect(answering).rejects.toThrow(error);
    await expect(answering).rejects.toThrow(message);
    expect([stream.locked, pulls]).toEqual([false, 0]);
  };

  test.each(['x', '100', null, true, {}, 5n])('a timeout that is no number: %o', (timeout) =>
    untouched({ timeout }, TypeError, 'timeout must be a number'),
  );
  test.each([NaN, -1, -Infinity, 2 ** 31])('a timeout that is out of range: %d', (timeout) =>
    untouched({ timeout }, RangeError, 'timeout must be from 0 to 2147483647, or Infinity'),
  );
  test('what createPreread refuses', () =>
    untouched({ proxy: 'yes' }, TypeError, "proxy must be 'forbid', 'require' or 'optional'"),
  );

  test('a stream that is locked, and whoever locked it goes on', async () => {
    const { stream } = new Source().write(GET);
    const reader = stream.getReader();
    await expect(prereadStream(stream)).rejects.toThrow(TypeError);
    expect(await reader.read()).toEqual({ done: false, value: GET });
  });

  test('what is no stream', async () => {
    await expect(prereadStream(undefined as unknown as ReadableStream<Bytes>)).rejects.toThrow(TypeError);
    await expect(prereadStream({} as unknown as ReadableStream<Bytes>)).rejects.toThrow(TypeError);
  });

  test.each<[string, unknown[]]>([
    ['text', ['GET / HTTP/1.1\r\n']],
    ['a number', [5]],
    ['null', [null]],
    ['an ArrayBuffer', [new ArrayBuffer(5)]],
    ['text behind bytes', [GET.subarray(0, 5), 'text']],
  ])('a chunk that is no bytes, and the source is told: %s', async (_, chunks) => {
    const source = new Source((controller, pulls) => controller.enqueue(chunks[pulls - 1] as Bytes));
    const answering = prereadStream(source.stream);
    await expect(answering).rejects.toThrow(TypeError);
    const error: unknown = await answering.catch((error: unknown) => error);
    await setImmediate();
    expect(source.cancelled).toEqual([error]);
  });
});

describe('a signal', () => {
  const reason = new Error('no longer of interest');

  test('that is aborted already: rejects with its reason, and the stream is cancelled with it', async () => {
    const source = new Source();
    const signal = AbortSignal.abort(reason);
    await expect(prereadStream(source.stream, { signal })).rejects.toBe(reason);
    expect(source.cancelled).toEqual([reason]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('that is aborted already, for a stream that has failed: the same', async () => {
    const { stream } = new Source().error(new Error('broken'));
    await expect(prereadStream(stream, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // An unhandled rejection would show by now.
    await setImmediate();
  });

  test.each(Object.entries(fronts))('that is aborted meanwhile: the same: %s', async (_, front) => {
    const controller = new AbortController();
    const source = new Source().write(front, HALF_HELLO);
    const answering = prereadStream(source.stream, { ...optionsFor(front), signal: controller.signal });
    await setImmediate();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort(reason);
    await expect(answering).rejects.toBe(reason);
    expect(source.cancelled).toEqual([reason]);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('with a source that cannot be cancelled: rejects with the reason all the same', async () => {
    const controller = new AbortController();
    const source = new Source(undefined, () => Promise.reject(new Error('not now')));
    const answering = prereadStream(source.stream, { signal: controller.signal });
    controller.abort(reason);
    await expect(answering).rejects.toBe(reason);
    // An unhandled rejection would show by now.
    await setImmediate();
    expect(source.cancelled).toEqual([reason]);
  });

  test('that is aborted after the answer: nothing happens', async () => {
    const controller = new AbortController();
    const source = new Source().write(GET);
    const { readable } = await prereadStream(source.stream, { signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    controller.abort(reason);
    source.write(MORE).close();
    expect(await all(readable)).toEqual(concat([GET, MORE]));
    expect(source.cancelled).toEqual([]);
  });

  test.each([
    ['the end', (source: Source) => source.close()],
    ['a failure', (source: Source) => source.error(new Error('broken'))],
    ['the deadline', () => {}],
  ])('has no listener left after %s', async (_, finish) => {
    const { signal } = new AbortController();
    const source = new Source();
    const answering = prereadStream(source.stream, { signal, timeout: 5 });
    finish(source);
    await answering;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('cancelling the stream', () => {
  const reason = new Error('enough');

  test.each<[string, Bytes, AdapterOptions]>([
    ['after an answer', GET, {}],
    ['after the deadline, with a read that is not over', HALF_HELLO, { timeout: 1 }],
    ['after a deadline without a byte', NOTHING, { timeout: 1 }],
  ])('cancels that one with the reason: %s', async (_, opening, options) => {
    let finish!: () => void;
    const cancelling = new Promise<void>((resolve) => (finish = resolve));
    const source = new Source(undefined, () => cancelling);
    if (opening.length > 0) source.write(opening);
    const { readable } = await prereadStream(source.stream, options);
    let isCancelled = false;
    const cancelled = readable.cancel(reason).then(() => (isCancelled = true));
    await setImmediate();
    expect(source.cancelled).toEqual([reason]);
    // It is over when the source says so.
    expect(isCancelled).toBe(false);
    finish();
    await cancelled;
  });

  test('also while somebody reads', async () => {
    for (const timeout of [1, PROMPT]) {
      const source = new Source();
      if (timeout === PROMPT) source.write(GET);
      const { readable } = await prereadStream(source.stream, { timeout });
      const reader = readable.getReader();
      if (timeout === PROMPT) await reader.read();
      const reading = reader.read();
      await reader.cancel(reason);
      expect(await reading).toEqual({ done: true, value: undefined });
      expect(source.cancelled).toEqual([reason]);
    }
  });

  test('rejects with what the source rejects with', async () => {
    const broken = new Error('broken');
    const source = new Source(undefined, () => Promise.reject(broken)).write(GET);
    const { readable } = await prereadStream(source.stream);
    await expect(readable.cancel(reason)).rejects.toBe(broken);
  });

  test('leaving a loop does it', async () => {
    const source = new Source().write(GET);
    const { readable } = await prereadStream(source.stream);
    for await (const chunk of readable) {
      expect(chunk).toEqual(GET);
      break;
    }
    expect(source.cancelled).toEqual([undefined]);
  });
});

describe('the source is asked for a chunk only when one is asked for', () => {
  test('until there is an answer, one by one, and after the replay, one for each read', async () => {
    const chunks = [GET.subarray(0, 10), GET.subarray(10, 20), GET.subarray(20), ...Array.from({ length: 5 }, () => MORE)];
    const source = new Source((controller, pulls) => controller.enqueue(chunks[pulls - 1]!));
    const { readable } = await prereadStream(source.stream);
    await setImmediate();
    expect(source.pulls).toBe(3);
    const reader = readable.getReader();
    await setImmediate();
    expect(source.pulls).toBe(3);
    expect(await reader.read()).toEqual({ done: false, value: GET });
    await setImmediate();
    expect(source.pulls).toBe(3);
    for (let pulls = 4; pulls < 8; pulls++) {
      expect(await reader.read()).toEqual({ done: false, value: MORE });
      await setImmediate();
      expect(source.pulls).toBe(pulls);
    }
  });

  test('where nothing is to be replayed, already the first read asks for one', async () => {
    const chunks = [V2.subarray(0, 20), concat([V2.subarray(20), bytes('SSH-2.0')]), MORE];
    const source = new Source((controller, pulls) => controller.enqueue(chunks[pulls - 1]!));
    const { readable } = await prereadStream(source.stream, { proxy: 'require', maxBytes: V2.length });
    const reader = readable.getReader();
    expect(await reader.read()).toEqual({ done: false, value: bytes('SSH-2.0') });
    expect(source.pulls).toBe(2);
  });

  test('after the deadline, the read that is not over is the first one', async () => {
    const source = new Source();
    const { readable } = await prereadStream(source.stream, { timeout: 1 });
    expect(source.pulls).toBe(1);
    const reader = readable.getReader();
    const reading = reader.read();
    await setImmediate();
    expect(source.pulls).toBe(1);
    source.write(GET);
    expect(await reading).toEqual({ done: false, value: GET });
    await setImmediate();
    expect(source.pulls).toBe(1);
    const next = reader.read();
    await setImmediate();
    expect(source.pulls).toBe(2);
    source.write(MORE);
    expect(await next).toEqual({ done: false, value: MORE });
  });
});

describe('the stream goes', () => {
  const answered = async (): Promise<ReadableStream<Bytes>> =>
    (await prereadStream(streamOf(V2, GET, MORE, MORE), { proxy: 'require' })).readable;
  const whole = concat([GET, MORE, MORE]);
  const asText = Buffer.from(whole).toString();

  test('by pipeTo', async () => {
    const chunks: Bytes[] = [];
    await (await answered()).pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
    expect(concat(chunks)).toEqual(whole);
  });

  test('by pipeTo, whose signal cancels the source', async () => {
    const source = new Source().write(GET);
    const { readable } = await prereadStream(source.stream);
    const controller = new AbortController();
    const piping = readable.pipeTo(new WritableStream(), { signal: controller.signal });
    const reason = new Error('enough');
    await setImmediate();
    controller.abort(reason);
    await expect(piping).rejects.toBe(reason);
    expect(source.cancelled).toEqual([reason]);
  });

  test('by pipeThrough a TransformStream', async () => {
    const upper = new TransformStream<Bytes, Bytes>({
      transform: (chunk, controller) => controller.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
    });
    expect(Buffer.from(await all((await answered()).pipeThrough(upper))).toString()).toBe(asText.toUpperCase());
  });

  test('by tee', async () => {
    const [one, two] = (await answered()).tee();
    expect(await Promise.all([all(one), all(two)])).toEqual([whole, whole]);
  });

  test('by Response', async () => {
    expect(await new Response(await answered()).text()).toBe(asText);
  });

  test('by a reader', async () => {
    const reader = (await answered()).getReader();
    const chunks: Bytes[] = [];
    for (let result; !(result = await reader.read()).done; ) chunks.push(result.value);
    expect(concat(chunks)).toEqual(whole);
    await reader.closed;
  });

  test('by prereadStream again', async () => {
    const again = await prereadStream(await answered());
    expect(again).toMatchObject({ value: { protocol: 'http1', payloadOffset: 0 }, bytes: GET });
    expect(await all(again.readable)).toEqual(whole);
  });
});

describe('streams of many kinds are read', () => {
  test.each(['bytes that are asked for', 'bytes that come by themselves', 'bytes into a buffer of the stream'] as const)(
    'a stream of %s',
    async (kind) => {
      const chunks = [V1, GET.subarray(0, 30), GET.subarray(30), MORE];
      const source: UnderlyingByteSource = {
        type: 'bytes',
        ...(kind === 'bytes into a buffer of the stream' && { autoAllocateChunkSize: 100 }),
        start(controller) {
          if (kind !== 'bytes that come by themselves') return;
          for (const chunk of chunks.splice(0)) controller.enqueue(chunk.slice());
          controller.close();
        },
        pull(controller) {
          const chunk = chunks.shift();
          const request = controller.byobRequest;
          if (chunk === undefined) {
            controller.close();
            request?.respond(0);
          } else if (request === null) {
            controller.enqueue(chunk.slice());
          } else {
            new Uint8Array(request.view!.buffer, request.view!.byteOffset).set(chunk);
            request.respond(chunk.length);
          }
        },
      };
      const answer = await prereadStream(new ReadableStream(source), { proxy: 'require' });
      expect(answer).toMatchObject({ value: { protocol: 'http1', host: 'www.example.com' }, proxy: { source: { address: CLIENT } } });
      expect(await all(answer.readable)).toEqual(concat([GET, MORE]));
    },
  );

  test('the body of a Response, and a Blob', async () => {
    for (const stream of [new Response(GET).body!, new Blob([GET]).stream()]) {
      const answer = await prereadStream(stream);
      expect(answer).toMatchObject({ value: { protocol: 'http1' } });
      expect(await all(answer.readable)).toEqual(GET);
    }
  });

  test('chunks that are Buffers', async () => {
    const answer = await prereadStream(streamOf(Buffer.from(GET.subarray(0, 20)), Buffer.from(GET.subarray(20))));
    expect(answer).toMatchObject({ value: { protocol: 'http1' } });
    expect(Buffer.isBuffer(answer.bytes)).toBe(false);
    expect(new Uint8Array(await all(answer.readable))).toEqual(GET);
  });
});

test('thousands of chunks of a byte take time that grows as their number does', async () => {
  const head = (length: number): Bytes => bytes('GET / HTTP/1.1\r\nHost: a\r\n', `b: ${'c'.repeat(95)}\r\n`.repeat(Math.ceil(length / 100)), '\r\n');
  const time = async (length: number): Promise<number> => {
    const chunks = cuts['byte by byte']!(head(length));
    const [answer, took] = await elapsed(prereadStream(streamOf(...chunks)));
    expect(answer).toMatchObject({ value: { protocol: 'http1' }, ended: undefined });
    expect(answer.bytes.length).toBe(chunks.length);
    return took;
  };
  await time(2500);
  let [short, long] = [Infinity, Infinity];
  // Once more where the machine was busy with something else.
  for (let i = 0; i < 5 && !(long / short < 30); i++) {
    short = Math.min(short, await time(2500));
    long = Math.min(long, await time(20_000));
  }
  // Eight times as many: were each chunk looked at with all before it, that would take 64 times as long.
  expect(long / short).toBeLessThan(30);
});

test('what is added is all there is beside the answer of a parser', async () => {
  const parser = createPreread();
  const answer = await prereadStream(streamOf(SSH));
  expect(Object.keys(answer).sort()).toEqual([...Object.keys(parser.push(SSH)), 'bytes', 'proxy', 'ended', 'error', 'readable'].sort());
});
