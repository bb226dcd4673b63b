/** How many milliseconds a check may take: less than what streams wait for by themselves. */
const LIMIT = 5000;

/**
 * The same small checks for every runtime, with nothing from Node.js: real hellos decoded at once, byte by byte and by
 * the hot path, against what is known of them, their fingerprints, an alert there and back, a hello there and back, what a
 * server answers, PROXY headers there and back, first flights with their names, the head of a request, everything at once,
 * words for what is wrong and for every byte, and all of that from streams.
 *
 * @param modules `preread`, `preread/explain` as `explain`, `preread/fingerprint` as `fingerprint`, `preread/web` as `web`
 * @param hellos what `index.json` says of each, with its bytes as `flight`
 * @param more checks for one runtime alone
 * @returns `N passed, N failed`, with what failed before it
 */
export async function smoke({ preread, explain, fingerprint, web }, hellos, more = async () => {}) {
  const { createClientHelloParser, decodeAlert, decodeClientHello, decodeExtension, encodeAlert, readServerName } = preread;
  const { createProxyParser, decodeProxyHeader, decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv } = preread;
  const { gcpConnectionId, readSsl } = preread;
  const { createRequestHeadParser, createSniffer, decodeRequestHead, sniff, sniffDatagram } = preread;
  const { createPreread } = preread;
  const lines = [];
  let passed = 0;
  async function check(title, body) {
    let timer;
    const isOver = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`is not done within ${LIMIT} ms`)), LIMIT);
    });
    try {
      await Promise.race([body(), isOver]);
      passed++;
    } catch (error) {
      lines.push(`FAIL  ${title}: ${error?.stack ?? error}`);
    } finally {
      clearTimeout(timer);
    }
  }
  function equal(actual, expected, what) {
    const [left, right] = [actual, expected].map((value) => JSON.stringify(value) ?? 'undefined');
    if (left !== right) throw new Error(`${what}: ${left}, not ${right}`);
  }
  function sameBytes(actual, expected, what) {
    equal(actual.length, expected.length, `length of ${what}`);
    equal(actual.findIndex((byte, at) => byte !== expected[at]), -1, `first wrong byte of ${what}`);
  }
  const complete = (outcome) => (equal(outcome.status, 'complete', 'status'), outcome.value);

  if (hellos.length === 0) lines.push('FAIL  there are no hellos');
  for (const { client, flight, ...known } of hellos) {
    const serverName = known.serverName === null ? undefined : { kind: 'dns', host: known.serverName };

    await check(`${client}, at once`, () => {
      const hello = complete(decodeClientHello(flight));
      equal(hello.serverName, serverName, 'serverName');
      equal(hello.alpnProtocols, known.alpn, 'alpnProtocols');
      equal(hello.supportedVersions, known.supportedVersions, 'supportedVersions');
      equal(hello.cipherSuites, known.cipherSuites, 'cipherSuites');
      equal(hello.extensions.map(({ type }) => type), known.extensions, 'extensions');
      for (const extension of hello.extensions) complete(decodeExtension(extension));
      equal(structuredClone(hello.toJSON()), JSON.parse(JSON.stringify(hello)), 'toJSON');
    });
    await check(`${client}, the hot path`, () => {
      equal(complete(readServerName(flight)), serverName, 'serverName');
    });
    await check(`${client}, byte by byte`, () => {
      const parser = createClientHelloParser();
      for (let at = 0; at < flight.length; at++) {
        const outcome = parser.push(flight.subarray(at, at + 1));
        if (at < flight.length - 1) equal(outcome.status, 'incomplete', `status at ${at}`);
        else equal(complete(outcome).serverName, serverName, 'serverName');
      }
      equal(Array.from(parser.bytes), Array.from(flight), 'bytes');
    });
  }
  await check('an alert', () => {
    const alert = encodeAlert('missing_extension');
    equal(Array.from(alert), [21, 3, 3, 0, 2, 2, 109], 'bytes');
    equal(complete(decodeAlert(alert)), { level: 'fatal', description: 'missing_extension' }, 'alert');
  });
  await check('what is not TLS', () => {
    equal(readServerName(Uint8Array.of(0x47)), { status: 'malformed', code: 'tls.not_tls', offset: 0 }, 'outcome');
  });

  const source = { family: 'IPv4', address: '192.0.2.1', port: 56324 };
  const destination = { family: 'IPv4', address: '198.51.100.1', port: 443 };
  const line = 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n';
  await check('a PROXY header, version 1', () => {
    const bytes = encodeProxyV1({ source, destination });
    equal(new TextDecoder().decode(bytes), line, 'line');
    equal(complete(decodeProxyHeader(bytes)).source, source, 'source');
  });
  await check('a PROXY header, version 2, with TLVs and a checksum, byte by byte', () => {
    const ssl = { name: 'ssl', client: 7, verify: 0, version: 'TLSv1.3', cn: 'Bücher' };
    const tlvs = [encodeTlv({ name: 'authority', authority: 'bücher.example' }), encodeTlv(ssl)];
    const bytes = encodeProxyV2({ source, destination, tlvs }, { crc32c: true, alignment: 8, gcpConnectionId: 5n });
    const parser = createProxyParser();
    for (let at = 0; at < bytes.length - 1; at++) {
      equal(parser.push(bytes.subarray(at, at + 1)).status, 'incomplete', `status at ${at}`);
    }
    const header = complete(parser.push(bytes.subarray(-1)));
    equal(header.destination, destination, 'destination');
    equal(complete(decodeTlv(header.tlvs[0])).authority, 'bücher.example', 'authority');
    equal(readSsl(header.tlvs).cn, 'Bücher', 'cn');
    equal(readSsl(header.tlvs).verified, true, 'verified');
    equal(String(gcpConnectionId(header.tlvs)), '5', 'gcpConnectionId');
    equal(Array.from(encodeProxyV2(structuredClone(header))), Array.from(bytes), 'bytes');
  });
  await check('what is no PROXY header', () => {
    equal(decodeProxyHeader(Uint8Array.of(13, 10, 13, 11)), { status: 'malformed', code: 'proxy.not_proxy', offset: 3 }, 'outcome');
  });

  const flights = {
    tls: hellos[0].flight,
    http1: text('GET / HTTP/1.1\r\n'),
    http2: text('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    ssh: text('SSH-2.0-x\r\n'),
    socks5: Uint8Array.of(5, 2, 0, 2),
    postgres: Uint8Array.of(0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f),
    mqtt: Uint8Array.of(16, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4),
  };
  for (const [protocol, flight] of Object.entries(flights)) {
    await check(`a first flight of ${protocol}`, () => {
      equal(sniff(flight), { status: 'complete', protocol }, 'at once');
      const sniffer = createSniffer();
      let outcome;
      for (let at = 0; at < flight.length; at++) outcome = sniffer.push(flight.subarray(at, at + 1));
      equal(outcome, { status: 'complete', protocol }, 'byte by byte');
    });
  }
  await check('a flight of none', () => {
    equal(sniff(text('hello')), { status: 'unknown' }, 'outcome');
    const stun = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12));
    equal(sniffDatagram(stun), { status: 'complete', protocol: 'stun' }, 'datagram');
  });
  await check('the head of a request', () => {
    const request = text('GET http://[2001:DB8::1]:8080/ HTTP/1.1\r\nHost: Www.Example.com.\r\nCookie: \u00fc\r\n\r\n');
    const head = complete(decodeRequestHead(request));
    equal(head.authority, { host: '2001:db8::1', port: 8080 }, 'authority');
    equal(head.headers[1].value, '\u00c3\u00bc', 'value');
    const parser = createRequestHeadParser();
    for (let at = 0; at < request.length - 1; at++) {
      equal(parser.push(request.subarray(at, at + 1)), { status: 'incomplete', needed: 1 }, `status at ${at}`);
    }
    equal(complete(parser.push(request.subarray(-1))), head, 'head');
  });

  await check('everything at once, byte by byte', () => {
    const header = encodeProxyV2({ source, destination });
    for (const [payload, protocol, host] of [
      [hellos[0].flight, 'tls', hellos[0].serverName],
      [text('GET / HTTP/1.1\r\nHost: Www.Example.com.:80\r\n\r\n'), 'http1', 'www.example.com'],
      [text('SSH-'), 'ssh', undefined],
    ]) {
      const bytes = Uint8Array.of(...header, ...payload);
      const parser = createPreread({ proxy: 'require' });
      for (let at = 0; at < bytes.length - 1; at++) {
        equal(parser.push(bytes.subarray(at, at + 1)).status, 'incomplete', `status at ${at}`);
        equal(parser.proxy?.source, at < header.length - 1 ? undefined : source, `proxy at ${at}`);
      }
      const value = complete(parser.push(bytes.subarray(-1)));
      equal([value.protocol, value.host, value.payloadOffset], [protocol, host, header.length], 'value');
      equal(preread.preread(bytes), { status: 'malformed', code: 'preread.proxy.unexpected', offset: 0 }, 'without a header');
    }
    equal(complete(createPreread().end()).protocol, 'silent', 'end');
  });

  // JA4 of two of them, worked out with `sha256sum` from what index.json says.
  const ja4s = { go119: 't13d1910h2_9dc949149365_97f8aa674fd9', 'openssl-nosni': 't13i310900_e8f1e7e78f70_1f22a2ca17c4' };
  await check('fingerprints, with Web Crypto', async () => {
    const sha256 = async (input) => {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text(input)));
      return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
    };
    for (const [client, expected] of Object.entries(ja4s)) {
      const hello = complete(decodeClientHello(hellos.find((each) => each.client === client).flight));
      equal(await fingerprint.ja4(hello, sha256), expected, client);
      equal(fingerprint.ja3(hello, (input) => input), fingerprint.ja3Text(hello), 'ja3Text');
    }
  });

  await check('a hello of its own there and back, with random bytes of the runtime', () => {
    const { encodeClientHello } = preread;
    const alpnProtocols = ['h2', 'http/1.1'];
    const hellos = [1, 2].map(() => encodeClientHello({ serverName: 'www.example.com', alpnProtocols }));
    const [one, other] = hellos.map((bytes) => complete(decodeClientHello(bytes)).toJSON());
    equal([one.serverName.host, one.alpnProtocols], ['www.example.com', alpnProtocols], 'hello');
    equal(one.random === other.random, false, 'whether both have the same random');
    const random = new Uint8Array(32).fill(7);
    sameBytes(encodeClientHello({ random }), encodeClientHello({ random }), 'the same hello');
  });

  await check('what a server answers, byte by byte', () => {
    const parser = preread.createServerHelloParser();
    const bytes = [...encodeAlert('unrecognized_name', 'warning'), ...encodeAlert('no_application_protocol')];
    for (const byte of bytes.slice(0, -1)) equal(parser.push(Uint8Array.of(byte)).status, 'incomplete', 'status');
    const { kind, description, warnings } = complete(parser.push(Uint8Array.of(bytes.at(-1))));
    equal([kind, description, warnings], ['alert', 'no_application_protocol', ['unrecognized_name']], 'answer');
    equal(preread.decodeServerHello(Uint8Array.from(bytes)).size, bytes.length, 'size');
  });

  await check('every byte with its meaning', () => {
    for (const { flight, serverName } of hellos) {
      const dump = explain.annotate(flight);
      const digits = Array.from(dump.matchAll(/^ *\d+ {2}((?:[0-9a-f]{2} ?)+)/gm), ([, row]) => row).join('').replaceAll(' ', '');
      equal(digits, Array.from(flight, (byte) => byte.toString(16).padStart(2, '0')).join(''), 'bytes');
      equal(dump.includes(serverName === null ? 'msg_type: client_hello' : `HostName: "${serverName}"`), true, 'name');
      equal(dump.includes('malformed'), false, 'malformed');
    }
  });

  await check('words for what is not TLS', () => {
    const { message, reference, cause } = explain.explain(readServerName(text('GET / HTTP/1.1\r\n\r\n')));
    equal([/TLS/.test(message), reference !== '', cause !== ''], [true, true, true], message);
  });

  await streams({ ...preread, ...web }, hellos, check, equal, sameBytes);
  await more(check, equal, sameBytes);

  return [...lines, `${passed} passed, ${lines.length} failed`].join('\n');
}

/** What `preread/web` makes of streams: of the language's own, and of those that the runtime brings. */
async function streams({ encodeProxyV2, prereadStream }, hellos, check, equal, sameBytes) {
  const source = { family: 'IPv4', address: '192.0.2.1', port: 56324 };
  const destination = { family: 'IPv4', address: '198.51.100.1', port: 443 };
  const [{ flight, serverName }] = hellos;
  const half = flight.subarray(0, 100);
  const rest = flight.subarray(100);

  for (const type of [undefined, 'bytes']) {
    const kind = type === 'bytes' ? 'a stream of bytes' : 'a stream';

    for (const { client, flight, serverName } of hellos) {
      await check(`${kind}: ${client}`, async () => {
        const all = joined(flight, text('and what follows'));
        const answer = await prereadStream(streamOf(chunksOf(all, 100), { type }));
        equal([answer.status, answer.value?.protocol, answer.value?.host], ['complete', 'tls', serverName], 'answer');
        equal([answer.ended, answer.proxy, answer.error], [undefined, undefined, undefined], 'ended, proxy, error');
        sameBytes(answer.bytes, all.subarray(0, Math.ceil(flight.length / 100) * 100), 'bytes');
        sameBytes(await read(answer.readable), all, 'readable');
      });
    }
    await check(`${kind}: a PROXY header, and a request with a body`, async () => {
      const header = encodeProxyV2({ source, destination });
      const body = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);
      const request = joined(text('POST / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'), body);
      const all = joined(header, request);
      const answer = await prereadStream(streamOf(chunksOf(all, 7000), { type }), { proxy: 'require' });
      equal([answer.value?.protocol, answer.value?.host], ['http1', 'www.example.com'], 'answer');
      equal([answer.proxy?.source, answer.value.payloadOffset], [source, header.length], 'proxy');
      // Not 7000 of them everywhere: workerd gives at most 4096 bytes of such a stream at once.
      sameBytes(answer.bytes, all.subarray(0, answer.bytes.length), 'bytes');
      const chunks = [];
      await answer.readable.pipeTo(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
      sameBytes(joined(...chunks), request, 'readable');
    });
    await check(`${kind}: an early end`, async () => {
      const answer = await prereadStream(streamOf(chunksOf(half, 10), { type }));
      equal([answer.status, answer.code, answer.ended], ['malformed', 'tls.client_hello.truncated', 'end'], 'answer');
      sameBytes(answer.bytes, half, 'bytes');
      sameBytes(await read(answer.readable), half, 'readable');
    });
    await check(`${kind}: nothing but the end`, async () => {
      const answer = await prereadStream(streamOf([], { type }));
      equal([answer.value?.protocol, answer.ended], ['silent', 'end'], 'answer');
      sameBytes(await read(answer.readable), [], 'readable');
    });
    await check(`${kind}: the deadline, and what comes after it`, async () => {
      let controller;
      const stream = new ReadableStream({ type, start: (given) => void (controller = given) });
      controller.enqueue(half.slice());
      let isEarly = true;
      setTimeout(() => (isEarly = false), 20);
      const answer = await prereadStream(stream, { timeout: 100 });
      equal([answer.code, answer.ended, isEarly], ['tls.client_hello.truncated', 'timeout', false], 'answer');
      for (const chunk of chunksOf(rest, 100)) controller.enqueue(chunk.slice());
      controller.close();
      sameBytes(await read(answer.readable), flight, 'readable');
    });
    await check(`${kind}: the deadline, when it is cancelled after it`, async () => {
      const reasons = [];
      const stream = streamOf([], { type, end: () => {}, cancel: (reason) => void reasons.push(reason) });
      const answer = await prereadStream(stream, { timeout: 10 });
      equal([answer.value?.protocol, answer.ended], ['silent', 'timeout'], 'answer');
      await answer.readable.cancel('why');
      equal(reasons, ['why'], 'reasons');
    });
    await check(`${kind}: an error before the answer`, async () => {
      const why = new RangeError('broke');
      const end = (controller) => controller.error(why);
      const answer = await prereadStream(streamOf(chunksOf(half, 10), { type, end }));
      equal([answer.code, answer.ended, answer.error === why], ['tls.client_hello.truncated', 'reset', true], 'answer');
      await readsThenFails(answer.readable, half, why);
    });
    await check(`${kind}: an error after the answer`, async () => {
      const why = new RangeError('broke');
      const end = (controller) => controller.error(why);
      const answer = await prereadStream(streamOf(chunksOf(joined(flight, half), 100), { type, end }));
      equal([answer.value?.host, answer.ended], [serverName, undefined], 'answer');
      await readsThenFails(answer.readable, joined(flight, half), why);
    });
    await check(`${kind}: cancelled`, async () => {
      const reasons = [];
      const stream = streamOf(chunksOf(joined(flight, flight), 100), { type, cancel: (reason) => void reasons.push(reason) });
      const { readable } = await prereadStream(stream);
      await readable.cancel('why');
      equal(reasons, ['why'], 'reasons');
    });
    await check(`${kind}: nothing is asked for that nobody reads`, async () => {
      let pulls = 0;
      const pull = (controller) => {
        pulls++;
        controller.enqueue(text('SSH-2.0-x\r\n'));
      };
      const { value, readable } = await prereadStream(new ReadableStream({ type, pull }, { highWaterMark: 0 }));
      equal(value?.protocol, 'ssh', 'protocol');
      await sleep(20);
      equal(pulls < 4, true, `${pulls} pulls before a read`);
      const reader = readable.getReader();
      for (let reads = 0; reads < 10; reads++) equal((await reader.read()).value?.length, 11, 'length');
      await sleep(20);
      equal(pulls < 14, true, `${pulls} pulls after ten reads`);
      await reader.cancel();
    });
    await check(`${kind}: a signal that is aborted, and one that will be`, async () => {
      for (const isAborted of [true, false]) {
        const why = new RangeError('stop');
        const aborting = new AbortController();
        if (isAborted) aborting.abort(why);
        const answering = prereadStream(streamOf([half], { type, end: () => {} }), { signal: aborting.signal });
        if (!isAborted) setTimeout(() => aborting.abort(why), 10);
        equal(await answering.then(() => 'an answer', (error) => error === why), true, `the reason, ${isAborted}`);
      }
    });
  }

  await check('the body of a response', async () => {
    const answer = await prereadStream(new Response(flight).body);
    equal([answer.value?.host, answer.ended], [serverName, undefined], 'answer');
    sameBytes(await read(answer.readable), flight, 'readable');
  });
  // Like a socket in workerd: a read that has begun cannot be given up there.
  const Pipe = globalThis.IdentityTransformStream ?? TransformStream;
  await check('a pipe, the deadline, and what comes after it', async () => {
    const pipe = new Pipe();
    const answer = await prereadStream(pipe.readable, { timeout: 10 });
    equal([answer.value?.protocol, answer.ended], ['silent', 'timeout'], 'answer');
    const [bytes] = await Promise.all([read(answer.readable), write(pipe.writable, chunksOf(flight, 100))]);
    sameBytes(bytes, flight, 'readable');
  });
  await check('a pipe into a pipe', async () => {
    const [pipe, next] = [new Pipe(), new Pipe()];
    const writing = write(pipe.writable, chunksOf(flight, 100));
    const answer = await prereadStream(pipe.readable);
    equal([answer.value?.host, answer.ended], [serverName, undefined], 'answer');
    const [bytes] = await Promise.all([read(next.readable), answer.readable.pipeTo(next.writable), writing]);
    sameBytes(bytes, flight, 'readable');
  });

  async function readsThenFails(readable, expected, why) {
    const reader = readable.getReader();
    const chunks = [];
    const failure = await (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return 'the end';
        chunks.push(value);
      }
    })().catch((error) => error);
    sameBytes(joined(...chunks), expected, 'readable');
    equal(failure === why, true, `the error, not ${failure}`);
  }
}

export const text = (of) => new TextEncoder().encode(of);
export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function chunksOf(bytes, size) {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** Gives a chunk whenever it is asked for one, as a copy, since a stream of bytes takes the memory; then it ends. */
function streamOf(chunks, { type, end = (controller) => controller.close(), cancel }) {
  const left = chunks.values();
  const pull = (controller) => {
    const { done, value } = left.next();
    if (done) end(controller);
    else controller.enqueue(value.slice());
  };
  return new ReadableStream({ type, pull, cancel }, { highWaterMark: 0 });
}

export async function read(readable) {
  const chunks = [];
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(...chunks);
    chunks.push(value);
  }
}

export async function write(writable, chunks) {
  const writer = writable.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
}
