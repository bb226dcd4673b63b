/**
 * The same small checks for every runtime, with nothing from Node.js: real hellos decoded at once, byte by byte and by
 * the hot path, against what is known of them, and an alert there and back.
 *
 * @param preread the module `preread/tls`
 * @param hellos what `index.json` says of each, with its bytes as `flight`
 * @returns `N passed, N failed`, with what failed before it
 */
export function smoke(preread, hellos) {
  const { createClientHelloParser, decodeAlert, decodeClientHello, decodeExtension, encodeAlert, readServerName } = preread;
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

  return [...lines, `${passed} passed, ${lines.length} failed`].join('\n');
}
