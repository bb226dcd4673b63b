/**
 * An annotated dump of what opens a connection: which decoder has a say, and the rows that go with what it says.
 *
 * @module
 */
import { asBytes, byteAt, view } from '../cursor.ts';
import type { Decoded, DecodeOptions } from '../decoded.ts';
import { decodeRequestHead } from '../http/request-head.ts';
import { preread } from '../preread.ts';
import { beginsWithProxy, decodeProxyHeader } from '../proxy/decode.ts';
import { decodeClientHello } from '../tls/client-hello.ts';
import { ALERT, HANDSHAKE, RECORD_HEADER, SERVER_HELLO } from '../tls/numbers.ts';
import { decodeRecord } from '../tls/record.ts';
import { decodeServerHello } from '../tls/server-hello.ts';
import { showRequestHead } from './annotate-http.ts';
import { showProxyHeader } from './annotate-proxy.ts';
import { showRecords } from './annotate-tls.ts';
import { Dump, Stopped } from './dump.ts';
import type { Verdict } from './dump.ts';
import { explain } from './explain.ts';
import type { ExplainedCode } from './explain.ts';

/**
 * Shows people what opens a connection, field by field: each on a line with its offset (in decimal), its bytes (in
 * hexadecimal) and its meaning by name, indented by structure. It reads a PROXY header, and behind it or without one a
 * ClientHello with all of its extensions, what a server answers to one, alerts, or the head of an HTTP/1 request.
 *
 * What is valid the decoders say, with `options`: where one finds a rule broken, a line below the field that breaks it names
 * the code, the rule and its section, and the bytes behind are shown as they are; where bytes are missing, a line says how
 * many at least. Every byte is shown once and in order. Text comes in quotes with escapes, so that it can be printed and
 * logged.
 *
 * @throws TypeError where `bytes` is no Uint8Array
 *
 * @example
 * const dump = annotate(Uint8Array.of(21, 3, 3, 0, 2, 2, 112));
 * console.log(dump.slice(dump.indexOf('   6  ')).trim()); // 6  70                                                 description: unrecognized_name (112)
 */
export function annotate(bytes: Uint8Array, options?: DecodeOptions): string {
  const dump = new Dump(asBytes(bytes));
  const begins = beginsWithProxy(dump.bytes);
  if (begins === false) {
    showPayload(dump, options);
  } else if (begins === true) {
    const header = decodeProxyHeader(dump.bytes, options);
    show(dump, header, (verdict) => showProxyHeader(dump, verdict, header));
    if (header.status === 'complete' && header.size < dump.bytes.length) showPayload(dump, options);
  } else {
    // It may become a header, or something else.
    show(dump, preread(dump.bytes, options), () => dump.row(dump.bytes.length, 'perhaps a PROXY protocol header'));
  }
  return dump.toString();
}

/** What comes first, or behind a PROXY header. */
function showPayload(dump: Dump, options: DecodeOptions | undefined): void {
  const { bytes, offset } = dump;
  const payload = view(bytes, offset, bytes.length);

  const records = decodeRecords(payload, options);
  if (isTls(records)) {
    if (!holdsMessages(payload)) {
      const hello = decodeClientHello(payload, options);
      if (hello.status === 'malformed') dump.refuse({ ...hello, offset: offset + hello.offset });
    }
    return show(dump, records, (verdict) => showRecords(dump, verdict, endOf(records, offset)));
  }

  const read = preread(payload, options);
  const head = decodeRequestHead(payload, options);
  if (isRequest(read, head)) {
    return show(dump, head, (verdict) => showRequestHead(dump, verdict, endOf(head, offset)));
  }
  const isDtls = records.status === 'malformed' && records.code === 'tls.dtls';
  show(dump, isDtls ? records : read, () => {});
  if (!isDtls && read.status === 'complete') dump.note(explain(read).message);
  dump.row(bytes.length, 'not read');
}

/** What the decoder says that knows the first record: that of a hello, of the answer to one, or of no more than the record. */
function decodeRecords(bytes: Uint8Array, options: DecodeOptions | undefined): Decoded<unknown, ExplainedCode> {
  if (!holdsMessages(bytes)) return decodeRecord(bytes);
  const isAnswer = byteAt(bytes, 0) === ALERT || byteAt(bytes, RECORD_HEADER) === SERVER_HELLO;
  return isAnswer ? decodeServerHello(bytes, options) : decodeClientHello(bytes, options);
}

/** Whether the first record, if it is one, is of a type in which something is read here. */
function holdsMessages(bytes: Uint8Array): boolean {
  const type = byteAt(bytes, 0);
  return type === ALERT || type === HANDSHAKE;
}

/** Whether there is a record, however wrong what it holds: the type and the major version of the first one tell. */
function isTls(records: Decoded<unknown, ExplainedCode>): boolean {
  if (records.status !== 'malformed') return true;
  return records.offset > 1 || (records.code !== 'tls.not_tls' && records.code !== 'tls.dtls');
}

/** Whether what was read is a request, or may become one. */
function isRequest(read: ReturnType<typeof preread>, head: Decoded<unknown, ExplainedCode>): boolean {
  switch (read.status) {
    case 'complete':
      return 'http' in read.value;
    case 'malformed':
      return read.code.startsWith('http.');
    case 'incomplete':
      return head.status === 'incomplete';
  }
}

function endOf(outcome: Decoded<unknown, ExplainedCode>, offset: number): number {
  return outcome.status === 'complete' ? offset + outcome.size : Infinity;
}

/** Shows what was decoded by `body`, up to where it is malformed, and then what the decoder says. */
function show(
  dump: Dump,
  outcome: Decoded<unknown, ExplainedCode>,
  body: (verdict: Verdict | undefined) => void,
): void {
  const { offset } = dump;
  const verdict = outcome.status === 'malformed' ? { ...outcome, offset: offset + outcome.offset } : undefined;
  try {
    body(verdict);
  } catch (stopped) {
    if (!(stopped instanceof Stopped)) throw stopped;
  }
  if (verdict !== undefined) {
    dump.row(verdict.offset, 'not read');
    dump.refuse(verdict);
    dump.row(dump.bytes.length, 'not read');
  } else if (outcome.status === 'incomplete') {
    dump.row(dump.bytes.length, 'not read');
    dump.note(explain(outcome).message);
  }
}
