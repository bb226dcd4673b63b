import { describe, expect, it, test } from 'vitest';
import {
  alertDescriptions,
  alertFor,
  alertForMissingName,
  clientHelloCodes,
  decodeAlert,
  decodeClientHello,
  encodeAlert,
  extensionCodes,
  handshakeCodes,
  recordCodes,
  serverHelloCodes,
} from '../../src/tls/index.ts';
import type { MalformedCode } from '../../src/decoded.ts';
import type { AlertDescription, ClientHelloCode, ExtensionCode } from '../../src/tls/index.ts';
import { bytes, hello, realHellos, record, supportedVersions } from '../vectors/build.ts';
import { refusals } from '../vectors/verdicts.ts';

describe('encodeAlert', () => {
  it('gives a whole record, fatal by default (RFC 8446 6)', () => {
    expect(encodeAlert('unrecognized_name')).toEqual(bytes(21, 3, 3, 0, 2, 2, 112));
    expect(encodeAlert('close_notify', 'warning')).toEqual(bytes(21, 3, 3, 0, 2, 1, 0));
    expect(encodeAlert(200)).toEqual(bytes(21, 3, 3, 0, 2, 2, 200));
    expect(encodeAlert(255)).toEqual(bytes(21, 3, 3, 0, 2, 2, 255));
  });

  test.each(Object.entries(alertDescriptions))('%s is %s, both ways', (code, name) => {
    expect(encodeAlert(name)[6]).toBe(Number(code));
    expect(encodeAlert(Number(code))).toEqual(encodeAlert(name));
    expect(decodeAlert(encodeAlert(name))).toEqual({
      status: 'complete',
      value: { level: 'fatal', description: name },
      size: 7,
    });
  });

  test.each(['no such alert', 'toString', '', '40'])('refuses the name %j', (name) => {
    expect(() => encodeAlert(name as AlertDescription)).toThrow(TypeError);
    expect(() => encodeAlert(name as AlertDescription)).toThrow(/^description must /);
  });

  test.each([-1, 256, 1.5, NaN])('refuses the number %d', (code) => {
    expect(() => encodeAlert(code)).toThrow(RangeError);
    expect(() => encodeAlert(code)).toThrow(/^description must /);
  });

  it('refuses other levels', () => {
    expect(() => encodeAlert(40, 'error' as 'fatal')).toThrow(TypeError);
    expect(() => encodeAlert(40, 'error' as 'fatal')).toThrow(/^level must /);
    expect(() => encodeAlert(undefined as unknown as number)).toThrow(TypeError);
  });
});

describe('decodeAlert', () => {
  it('gives the number where no name is assigned', () => {
    expect(decodeAlert(bytes(21, 3, 1, 0, 2, 1, 99, 1, 2))).toEqual({
      status: 'complete',
      value: { level: 'warning', description: 99 },
      size: 7,
    });
  });

  test.each([
    ['a handshake record', bytes(22), 'tls.record.type', 0],
    ['no TLS', bytes('HTTP/1.1 400'), 'tls.not_tls', 0],
    ['DTLS', bytes(21, 0xfe, 0xfd), 'tls.dtls', 1],
    ['nothing in it', bytes(21, 3, 3, 0, 0), 'tls.record.empty', 3],
    ['one byte', record(bytes(2), 21), 'tls.alert.length', 3],
    ['an encrypted alert', record(new Uint8Array(26), 21), 'tls.alert.length', 3],
    ['level 0', record(bytes(0, 40), 21), 'tls.alert.level', 5],
    ['level 3', record(bytes(3, 40), 21), 'tls.alert.level', 5],
  ] as const)('%s', (_, input, code, offset) => {
    expect(decodeAlert(input)).toEqual({ status: 'malformed', code, offset });
  });

  test.each([[0, 1], [1, 1], [2, 3], [4, 1], [5, 1], [6, 1]])('after %i bytes needs %i', (length, needed) => {
    expect(decodeAlert(encodeAlert(40).subarray(0, length))).toEqual({ status: 'incomplete', needed });
  });
});

describe('alertFor', () => {
  /** The alert in brackets after each verdict of the reference, by number. */
  const answers: Partial<Record<ClientHelloCode | ExtensionCode, number>> = {
    'tls.not_tls': 70,
    'tls.dtls': 70,
    'tls.sslv2': 70,
    'tls.record.length': 22,
    'tls.record.type': 10,
    'tls.record.empty': 10,
    'tls.handshake.type': 10,
    'tls.handshake.limit': 47,
    'tls.client_hello.length': 50,
    'tls.client_hello.session_id': 50,
    'tls.client_hello.cipher_suites': 50,
    'tls.client_hello.compression_methods': 50,
    'tls.client_hello.trailing': 50,
    'tls.extension.length': 50,
    'tls.extension.duplicate': 47,
    'tls.pre_shared_key.not_last': 47,
    'tls.server_name.length': 50,
    'tls.server_name.empty': 50,
    'tls.server_name.name_type': 50,
    'tls.server_name.duplicate': 47,
    'tls.application_layer_protocol_negotiation.length': 50,
    'tls.application_layer_protocol_negotiation.empty': 50,
    'tls.supported_versions.length': 50,
    'tls.supported_versions.empty': 50,
  };

  const allCodes = [...recordCodes, ...handshakeCodes, ...clientHelloCodes, ...extensionCodes] as const;

  test.each(Object.entries(answers))('%s: %i', (code, alert) => {
    expect(encodeAlert(alertFor(code as ClientHelloCode))[6]).toBe(alert);
  });

  it('answers every refusal of the reference', () => {
    for (const { code } of refusals) expect(Object.keys(answers)).toContain(code);
  });

  it('has an alert for every code', () => {
    for (const code of allCodes) {
      expect(Object.values(alertDescriptions)).toContain(alertFor(code));
    }
  });

  /** The rest of what is no error of syntax (RFC 8446 6.2), which every other code is. */
  const others: Partial<Record<MalformedCode, AlertDescription>> = {
    'tls.max_fragment_length.value': 'illegal_parameter', // RFC 6066 4
    'tls.heartbeat.value': 'illegal_parameter', // RFC 6520 2
    'tls.padding.value': 'illegal_parameter', // RFC 7685 3
    'tls.record_size_limit.value': 'illegal_parameter', // RFC 8449 4
    'tls.pre_shared_key.binders': 'illegal_parameter', // RFC 8446 4.2.11
    'tls.encrypted_client_hello.type': 'illegal_parameter', // RFC 9849 5
    'tls.supported_versions.selected': 'illegal_parameter', // RFC 8446 4.2.1
    'tls.server_hello.legacy_version': 'illegal_parameter', // RFC 8446 4.1.3
    'tls.supported_versions.missing': 'missing_extension', // RFC 8446 9.2
    'tls.server_name.invalid': 'unrecognized_name', // RFC 6066 3
  };

  it('tells a value that is wrong from syntax', () => {
    const expected: Partial<Record<MalformedCode, string | number>> = { ...answers, ...others };
    for (const code of [...allCodes, ...serverHelloCodes, 'tls.server_name.invalid'] as const) {
      const alert = expected[code] ?? 'decode_error';
      expect(alertFor(code), code).toBe(typeof alert === 'number' ? alertDescriptions[alert as 50] : alert);
    }
  });

  it('has none for what is no TLS by its code', () => {
    expect(alertFor('http.not_http')).toBeUndefined();
    expect(alertFor('proxy.not_proxy')).toBeUndefined();
  });
});

describe('alertForMissingName', () => {
  const alertOf = (flight: Uint8Array): string => {
    const outcome = decodeClientHello(flight);
    if (outcome.status !== 'complete') throw new Error(outcome.status);
    return alertForMissingName(outcome.value);
  };

  it('is missing_extension where TLS 1.3 is offered (RFC 8446 9.2), else unrecognized_name', () => {
    expect(alertOf(realHellos.find(({ client }) => client === 'openssl-nosni')!.flight)).toBe('missing_extension');
    expect(alertOf(hello({ extensions: supportedVersions(0x2a2a, 0x0304) }))).toBe('missing_extension');
    expect(alertOf(hello({ extensions: supportedVersions(0x0303) }))).toBe('unrecognized_name');
    expect(alertOf(hello())).toBe('unrecognized_name');
  });
});
