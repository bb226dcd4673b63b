/**
 * The same small checks for every runtime, with nothing from Node.js: real hellos decoded at once, byte by byte and by
 * the hot path, against what is known of them, an alert there and back, PROXY headers there and back, first flights with
 * their names, the head of a request, and everything at once.
 *
 * @param preread the module `preread`
 * @param hellos what `index.json` says of each, with its bytes as `flight`
 * @returns `N passed, N failed`, with what failed before it
 */
export function smoke(preread, hellos) {
  const { createClientHelloParser, decodeAlert, decodeClientHello, decodeExtension, encodeAlert, readServerName } = preread;
  const { createProxyParser, decodeProxyHeader, decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv } = preread;
  const { gcpConnectionId, readSsl } = preread;
  const { createRequestHeadParser, createSniffer, decodeRequestHead, sniff, sniffDatagram } = preread;
  const { createPreread } = preread;
  const lines = [];
  let passed = 0;
  function check(title, body) {
    try {
      body();
      passed++;
    } catch (error) {
      lines.push(`FAIL  ${title}: ${error?.stack ?? error}`);
    }
  }
  function equal(actual, expected, what) {
    const [left, right] = [actual, expected].map((value) => JSON.stringify(value) ?? 'undefined');
    if (left !== right) throw new Error(`${what}: ${left}, not ${right}`);
  }
  const complete = (outcome) => (equal(outcome.status, 'complete', 'status'), outcome.value);

  if (hellos.length === 0) lines.push('FAIL  there are no hellos');
  for (const { client, flight, ...known } of hellos) {
    const serverName = known.serverName === null ? undefined : { kind: 'dns', host: known.serverName };

    check(`${client}, at once`, () => {
      const hello = complete(decodeClientHello(flight));
      equal(hello.serverName, serverName, 'serverName');
      equal(hello.alpnProtocols, known.alpn, 'alpnProtocols');
      equal(hello.supportedVersions, known.supportedVersions, 'supportedVersions');
      equal(hello.cipherSuites, known.cipherSuites, 'cipherSuites');
      equal(hello.extensions.map(({ type }) => type), known.extensions, 'extensions');
      for (const extension of hello.extensions) complete(decodeExtension(extension));
      equal(structuredClone(hello.toJSON()), JSON.parse(JSON.stringify(hello)), 'toJSON');
    });
    check(`${client}, the hot path`, () => {
      equal(complete(readServerName(flight)), serverName, 'serverName');
    });
    check(`${client}, byte by byte`, () => {
      const parser = createClientHelloParser();
      for (let at = 0; at < flight.length; at++) {
        const outcome = parser.push(flight.subarray(at, at + 1));
        if (at < flight.length - 1) equal(outcome.status, 'incomplete', `status at ${at}`);
        else equal(complete(outcome).serverName, serverName, 'serverName');
      }
      equal(Array.from(parser.bytes), Array.from(flight), 'bytes');
    });
  }
  check('an alert', () => {
    const alert = encodeAlert('missing_extension');
    equal(Array.from(alert), [21, 3, 3, 0, 2, 2, 109], 'bytes');
    equal(complete(decodeAlert(alert)), { level: 'fatal', description: 'missing_extension' }, 'alert');
  });
  check('what is not TLS', () => {
    equal(readServerName(Uint8Array.of(0x47)), { status: 'malformed', code: 'tls.not_tls', offset: 0 }, 'outcome');
  });

  const source = { family: 'IPv4', address: '192.0.2.1', port: 56324 };
  const destination = { family: 'IPv4', address: '198.51.100.1', port: 443 };
  const line = 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n';
  check('a PROXY header, version 1', () => {
    const bytes = encodeProxyV1({ source, destination });
    equal(new TextDecoder().decode(bytes), line, 'line');
    equal(complete(decodeProxyHeader(bytes)).source, source, 'source');
  });
  check('a PROXY header, version 2, with TLVs and a checksum, byte by byte', () => {
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
  check('what is no PROXY header', () => {
    equal(decodeProxyHeader(Uint8Array.of(13, 10, 13, 11)), { status: 'malformed', code: 'proxy.not_proxy', offset: 3 }, 'outcome');
  });

  const text = (of) => new TextEncoder().encode(of);
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
    check(`a first flight of ${protocol}`, () => {
      equal(sniff(flight), { status: 'complete', protocol }, 'at once');
      const sniffer = createSniffer();
      let outcome;
      for (let at = 0; at < flight.length; at++) outcome = sniffer.push(flight.subarray(at, at + 1));
      equal(outcome, { status: 'complete', protocol }, 'byte by byte');
    });
  }
  check('a flight of none', () => {
    equal(sniff(text('hello')), { status: 'unknown' }, 'outcome');
    const stun = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12));
    equal(sniffDatagram(stun), { status: 'complete', protocol: 'stun' }, 'datagram');
  });
  check('the head of a request', () => {
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

  check('everything at once, byte by byte', () => {
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

  return [...lines, `${passed} passed, ${lines.length} failed`].join('\n');
}
