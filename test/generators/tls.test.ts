/** The generators reach all that a decoder can say, or tests that use them would prove less than they seem to. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../../src/decoded.ts';
import {
  alertCodes,
  clientHelloCodes,
  decodeAlert,
  decodeClientHello,
  decodeExtension,
  decodeServerHello,
  extensionCodes,
  handshakeCodes,
  recordCodes,
  serverHelloCodes,
} from '../../src/tls/index.ts';
import type { ServerAnswer } from '../../src/tls/index.ts';
import { alerts, clientFlights, extensions, plainHellos, serverFlights, structuredTypes, wellFormedOf } from './tls.ts';

/** What is left of `wanted` when so much was generated that nothing else is to be expected. */
function neverSaid<T>(wanted: Iterable<string>, made: fc.Arbitrary<T>, say: (one: T) => readonly string[]): string[] {
  const left = new Set(wanted);
  for (let seed = 0; left.size > 0 && seed < 200; seed++) {
    for (const one of fc.sample(made, { numRuns: 100, seed })) for (const what of say(one)) left.delete(what);
  }
  return [...left];
}

type Outcome = Decoded<unknown, string>;

const codeOf = (outcome: Outcome): string => (outcome.status === 'malformed' ? outcome.code : outcome.status);

/** The share of some that is whole. */
function shareOfComplete(made: fc.Arbitrary<Uint8Array>, decode: (bytes: Uint8Array) => Outcome): number {
  const flights = fc.sample(made, { numRuns: 150, seed: 1 });
  return flights.filter((flight) => decode(flight).status === 'complete').length / flights.length;
}

describe('extensions', () => {
  test('of every type that is decoded', () => {
    const types = Array.from({ length: 0x10000 }, (_, type) => type).filter((type) => {
      const decoded = decodeExtension({ type, data: new Uint8Array() });
      return decoded.status === 'malformed' || decoded.value.name !== 'unknown';
    });
    expect([...structuredTypes].sort((a, b) => a - b)).toEqual(types);
  });

  test('are well-formed if they are said to be', () => {
    for (const type of structuredTypes) {
      for (const made of fc.sample(wellFormedOf(type), { numRuns: 5, seed: type })) {
        expect(decodeExtension(made)).toMatchObject({ status: 'complete', value: { type } });
      }
    }
  });

  test('are refused for all that there is', () => {
    expect(neverSaid(extensionCodes, extensions, (made) => [codeOf(decodeExtension(made))])).toEqual([]);
  });
});

const framing = [...recordCodes, ...handshakeCodes];
/** Said of the end of a connection alone. */
const isOfEnd = (code: string): boolean => code.endsWith('_hello.truncated');

describe('client flights', () => {
  const isChecked = /\.(server_name|application_layer_protocol_negotiation|supported_versions)\./;
  const checked = extensionCodes.filter((code) => isChecked.test(code));
  const codes = [...framing, ...clientHelloCodes, ...checked].filter((code) => !isOfEnd(code));

  test('are refused for all that there is, and have names of each kind', () => {
    const say = (flight: Uint8Array): string[] => {
      const hello = decodeClientHello(flight);
      return hello.status === 'complete' ? [`${hello.value.serverName?.kind}`, `ech ${hello.value.ech}`] : [codeOf(hello)];
    };
    const kinds = ['dns', 'ip', 'invalid', 'undefined', 'ech outer', 'ech inner'];
    expect(neverSaid([...codes, ...kinds, 'incomplete'], clientFlights, say)).toEqual([]);
  });

  test('are whole hellos, two of three', () => {
    expect(shareOfComplete(clientFlights, decodeClientHello)).toBeGreaterThan(2 / 3);
    expect(shareOfComplete(plainHellos, decodeClientHello)).toBe(1);
  });
});

describe('server flights', () => {
  const isChecked = /\.(key_share|cookie|application_layer_protocol_negotiation)\.|\.(supported_versions|server_certificate_type)\.length/;
  const checked = extensionCodes.filter((code) => isChecked.test(code));
  const own = [...serverHelloCodes, ...alertCodes, 'tls.extension.length', 'tls.extension.duplicate'];
  const codes = [...framing, ...own, ...checked].filter((code) => !isOfEnd(code));

  test('are refused for all that there is, and answer in each way', () => {
    const say = (flight: Uint8Array): string[] => {
      const answer = decodeServerHello(flight);
      return answer.status === 'complete' ? traitsOf(answer.value) : [codeOf(answer)];
    };
    const traits = ['server_hello', 'hello_retry_request', 'alert', 'warnings', 'certificates', 'protocol', 'tls13'];
    expect(neverSaid([...codes, ...traits, 'incomplete'], serverFlights, say)).toEqual([]);
  });

  test('are whole answers mostly', () => {
    expect(shareOfComplete(serverFlights, decodeServerHello)).toBeGreaterThan(1 / 2);
    expect(shareOfComplete(alerts, decodeAlert)).toBeGreaterThan(1 / 2);
  });
});

function traitsOf(answer: ServerAnswer): string[] {
  const traits: Record<string, boolean> = { [answer.kind]: true, warnings: answer.warnings.length > 0 };
  if (answer.kind === 'server_hello') {
    traits['certificates'] = answer.certificates.length > 0;
    traits['protocol'] = answer.alpnProtocol !== undefined;
    traits['tls13'] = answer.version === 0x0304;
  }
  return Object.keys(traits).filter((trait) => traits[trait]);
}
