/**
 * For streams of the web platform: sockets of Workers and Deno, WebTransport, the body of a request. Where bytes come by
 * callback, as in Bun and uWebSockets.js, `createPreread` takes them as they are.
 *
 * @module
 */
import { startTimer, timeoutOf } from './adapter.ts';
import type { AdapterOptions, Answer, Ended } from './adapter.ts';
import type { Complete, Malformed } from './decoded.ts';
import { createPreread } from './preread.ts';
import type { Preread, PrereadCode, WithMatchers } from './preread.ts';
import type { TcpProtocol } from './sniff/matchers.ts';

export type { AdapterOptions, Answer, Ended, Received } from './adapter.ts';

/** What {@link prereadStream} gives: the answer of `createPreread`, with what was received, and a stream. */
export type StreamAnswer<N extends string = TcpProtocol> = Answer<N> & {
  /**
   * Everything that came and will come, but for the PROXY header. It asks the stream it was made of for a chunk only when
   * it is asked for one; cancelling it cancels that one, and errors pass on.
   */
  readonly readable: ReadableStream<Uint8Array>;
};

/**
 * Reads what opens a connection, as `createPreread` does, and gives a stream that replays it and goes on with the rest.
 *
 * The end of the stream, its failure and the deadline are answers too; `ended` tells which. Whatever the answer, every
 * byte is in `readable`, also one that comes after the deadline.
 *
 * @param stream is locked from now on
 * @returns rejects with the reason of `signal` where that is aborted, and cancels the stream with it; with TypeError or
 *   RangeError for options that are none, and for a stream that is locked or gives no bytes
 *
 * @example
 * const stream = new Blob(['GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n']).stream();
 * const answer = await prereadStream(stream, { timeout: 3000 });
 * if (answer.status === 'complete' && answer.value.protocol === 'http1') {
 *   console.log(answer.value.host, (await new Response(answer.readable).text()).length); // www.example.com 41
 * }
 */
export function prereadStream<N extends string>(
  stream: ReadableStream<Uint8Array>,
  options: AdapterOptions<N> & WithMatchers<N>,
): Promise<StreamAnswer<N>>;
export function prereadStream<N extends string = never>(
  stream: ReadableStream<Uint8Array>,
  options?: AdapterOptions<N>,
): Promise<StreamAnswer<N | TcpProtocol>>;
export function prereadStream(
  stream: ReadableStream<Uint8Array>,
  options: AdapterOptions<string> = {},
): Promise<StreamAnswer<string>> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    const parser = createPreread(options);
    const timeout = timeoutOf(options);
    const reader = stream.getReader();
    let isReading = true;
    let pending = reader.read();
    const stopTimer = startTimer(timeout, () => finish(parser.end(), 'timeout'));
    signal?.addEventListener('abort', onAbort);
    receive();
    if (signal?.aborted) onAbort();

    function receive(): void {
      pending.then(onRead, (error: unknown) => finish(parser.end(), 'reset', error)).catch(fail);
    }
    function onRead({ done, value }: Awaited<typeof pending>): void {
      if (!isReading) return;
      if (done) return finish(parser.end(), 'end');
      const outcome = parser.push(value);
      if (outcome.status !== 'incomplete') return finish(outcome);
      pending = reader.read();
      receive();
    }
    function finish(outcome: Complete<Preread<string>> | Malformed<PrereadCode>, ended?: Ended, error?: unknown): void {
      if (!isReading) return;
      stop();
      const { bytes, proxy, payloadOffset } = parser;
      // A read that the deadline left behind cannot be taken back everywhere: in workerd a socket's reader keeps it.
      const left = ended === 'timeout' ? pending : undefined;
      const readable = streamOf(bytes.slice(payloadOffset), reader, left);
      resolve({ ...outcome, bytes, proxy, ended, error, readable });
    }
    function onAbort(): void {
      fail(signal!.reason);
    }
    function fail(reason: unknown): void {
      stop();
      reject(reason);
      reader.cancel(reason).catch(() => {});
    }
    function stop(): void {
      isReading = false;
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
    }
  });
}

/**
 * A stream of what was read and what is to come. Not by a TransformStream, which loses what is written to it where the
 * source fails before that is read, and in Deno gives it behind the first chunk of a pipe.
 *
 * @param left a read that was begun and is not over
 */
function streamOf(
  first: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  left: ReturnType<typeof reader.read> | undefined,
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        if (first.length > 0) {
          controller.enqueue(first);
          first = first.subarray(first.length);
          return;
        }
        const reading = left ?? reader.read();
        left = undefined;
        const { done, value } = await reading;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
