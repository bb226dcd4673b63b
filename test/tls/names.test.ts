import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { decodeClientHello } from '../../src/tls/client-hello.ts';
import type { ClientHello } from '../../src/tls/client-hello.ts';
import { decodeExtension, isGrease } from '../../src/tls/extensions.ts';
import * as names from '../../src/tls/names.ts';
import { nameOf } from '../../src/tls/names.ts';
import { decodeRecord } from '../../src/tls/record.ts';

type Table = Readonly<Record<number, string>>;

/** Each table with the greatest value of its field. */
const tables: Readonly<Record<string, readonly [table: Table, greatest: number]>> = {
  versions: [names.versions, 0xffff],
  cipherSuites: [names.cipherSuites, 0xffff],
  extensions: [names.extensions, 0xffff],
  groups: [names.groups, 0xffff],
  signatureAlgorithms: [names.signatureAlgorithms, 0xffff],
  certificateCompressionAlgorithms: [names.certificateCompressionAlgorithms, 0xffff],
  pskKeyExchangeModes: [names.pskKeyExchangeModes, 0xff],
  certificateTypes: [names.certificateTypes, 0xff],
  ecPointFormats: [names.ecPointFormats, 0xff],
  alerts: [names.alerts, 0xff],
};

test('every exported table is tested here', () => {
  const exported = Object.entries(names).filter(([, value]) => typeof value === 'object');
  expect(exported.map(([name]) => name).sort()).toEqual(Object.keys(tables).sort());
  for (const [name, value] of exported) expect(tables[name]?.[0]).toBe(value);
});

describe('values from the specifications', () => {
  it.each<readonly [clause: string, table: Table, value: number, name: string]>([
    ['RFC 5246 E.2', names.versions, 0x0002, 'SSL 2.0'],
    ['RFC 6101 5.2.1', names.versions, 0x0300, 'SSL 3.0'],
    ['RFC 2246 6.2.1', names.versions, 0x0301, 'TLS 1.0'],
    ['RFC 4346 6.2.1', names.versions, 0x0302, 'TLS 1.1'],
    ['RFC 5246 6.2.1', names.versions, 0x0303, 'TLS 1.2'],
    ['RFC 8446 4.2.1', names.versions, 0x0304, 'TLS 1.3'],
    ['RFC 4347 4.1', names.versions, 0xfeff, 'DTLS 1.0'],
    ['RFC 6347 4.1', names.versions, 0xfefd, 'DTLS 1.2'],
    ['RFC 9147 5.3', names.versions, 0xfefc, 'DTLS 1.3'],

    ['RFC 5246 A.5', names.cipherSuites, 0x0000, 'TLS_NULL_WITH_NULL_NULL'],
    ['RFC 2246 A.5', names.cipherSuites, 0x0003, 'TLS_RSA_EXPORT_WITH_RC4_40_MD5'],
    ['RFC 5246 A.5', names.cipherSuites, 0x0005, 'TLS_RSA_WITH_RC4_128_SHA'],
    ['RFC 5246 A.5', names.cipherSuites, 0x000a, 'TLS_RSA_WITH_3DES_EDE_CBC_SHA'],
    ['RFC 5246 A.5', names.cipherSuites, 0x002f, 'TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['RFC 5246 A.5', names.cipherSuites, 0x0035, 'TLS_RSA_WITH_AES_256_CBC_SHA'],
    ['RFC 5246 A.5', names.cipherSuites, 0x003d, 'TLS_RSA_WITH_AES_256_CBC_SHA256'],
    ['RFC 5288 3', names.cipherSuites, 0x009c, 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
    ['RFC 5288 3', names.cipherSuites, 0x009f, 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384'],
    ['RFC 5487 2', names.cipherSuites, 0x00a8, 'TLS_PSK_WITH_AES_128_GCM_SHA256'],
    ['RFC 5746 3.3', names.cipherSuites, 0x00ff, 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV'],
    ['RFC 8446 B.4', names.cipherSuites, 0x1301, 'TLS_AES_128_GCM_SHA256'],
    ['RFC 8446 B.4', names.cipherSuites, 0x1302, 'TLS_AES_256_GCM_SHA384'],
    ['RFC 8446 B.4', names.cipherSuites, 0x1303, 'TLS_CHACHA20_POLY1305_SHA256'],
    ['RFC 8446 B.4', names.cipherSuites, 0x1304, 'TLS_AES_128_CCM_SHA256'],
    ['RFC 8446 B.4', names.cipherSuites, 0x1305, 'TLS_AES_128_CCM_8_SHA256'],
    ['RFC 7507 2', names.cipherSuites, 0x5600, 'TLS_FALLBACK_SCSV'],
    ['RFC 8422 6', names.cipherSuites, 0xc009, 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'],
    ['RFC 8422 6', names.cipherSuites, 0xc014, 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA'],
    ['RFC 5289 3.2', names.cipherSuites, 0xc02b, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['RFC 5289 3.2', names.cipherSuites, 0xc030, 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
    ['RFC 6655 3', names.cipherSuites, 0xc09c, 'TLS_RSA_WITH_AES_128_CCM'],
    ['RFC 7251 2', names.cipherSuites, 0xc0ae, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8'],
    ['RFC 7905 2', names.cipherSuites, 0xcca8, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
    ['RFC 7905 2', names.cipherSuites, 0xcca9, 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
    ['RFC 8442 3', names.cipherSuites, 0xd001, 'TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256'],

    ['RFC 6066 1.1', names.extensions, 0, 'server_name'],
    ['RFC 6066 1.1', names.extensions, 1, 'max_fragment_length'],
    ['RFC 6066 1.1', names.extensions, 5, 'status_request'],
    ['RFC 8446 4.2', names.extensions, 10, 'supported_groups'],
    ['RFC 8422 5.1', names.extensions, 11, 'ec_point_formats'],
    ['RFC 8446 4.2', names.extensions, 13, 'signature_algorithms'],
    ['RFC 7301 3.1', names.extensions, 16, 'application_layer_protocol_negotiation'],
    ['RFC 7685 6', names.extensions, 21, 'padding'],
    ['RFC 7366 2', names.extensions, 22, 'encrypt_then_mac'],
    ['RFC 7627 5.1', names.extensions, 23, 'extended_master_secret'],
    ['RFC 8879 3', names.extensions, 27, 'compress_certificate'],
    ['RFC 8449 4', names.extensions, 28, 'record_size_limit'],
    ['RFC 9345 4.1.1', names.extensions, 34, 'delegated_credential'],
    ['RFC 5077 3.2', names.extensions, 35, 'session_ticket'],
    ['RFC 8446 4.2', names.extensions, 41, 'pre_shared_key'],
    ['RFC 8446 4.2', names.extensions, 43, 'supported_versions'],
    ['RFC 8446 4.2', names.extensions, 45, 'psk_key_exchange_modes'],
    ['RFC 8446 4.2', names.extensions, 50, 'signature_algorithms_cert'],
    ['RFC 8446 4.2', names.extensions, 51, 'key_share'],
    ['RFC 9146 3', names.extensions, 54, 'connection_id'],
    ['RFC 9001 8.2', names.extensions, 57, 'quic_transport_parameters'],
    ['draft-agl-tls-nextprotoneg-04', names.extensions, 13172, 'next_protocol_negotiation'],
    ['RFC 9849 5.1', names.extensions, 0xfd00, 'ech_outer_extensions'],
    ['RFC 9849 5', names.extensions, 0xfe0d, 'encrypted_client_hello'],
    ['RFC 5746 3.2', names.extensions, 0xff01, 'renegotiation_info'],

    ['RFC 4492 5.1.1', names.groups, 0x0001, 'sect163k1'],
    ['RFC 8446 4.2.7', names.groups, 0x0017, 'secp256r1'],
    ['RFC 8446 4.2.7', names.groups, 0x0018, 'secp384r1'],
    ['RFC 8446 4.2.7', names.groups, 0x0019, 'secp521r1'],
    ['RFC 7027 2', names.groups, 0x001a, 'brainpoolP256r1'],
    ['RFC 8446 4.2.7', names.groups, 0x001d, 'x25519'],
    ['RFC 8446 4.2.7', names.groups, 0x001e, 'x448'],
    ['RFC 8734 3', names.groups, 0x001f, 'brainpoolP256r1tls13'],
    ['RFC 8998 2', names.groups, 0x0029, 'curveSM2'],
    ['RFC 7919 2', names.groups, 0x0100, 'ffdhe2048'],
    ['RFC 7919 2', names.groups, 0x0104, 'ffdhe8192'],
    ['draft-ietf-tls-ecdhe-mlkem', names.groups, 0x11ec, 'X25519MLKEM768'],
    ['draft-tls-westerbaan-xyber768d00', names.groups, 0x6399, 'X25519Kyber768Draft00'],
    ['RFC 8422 5.1.1', names.groups, 0xff01, 'arbitrary_explicit_prime_curves'],

    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0201, 'rsa_pkcs1_sha1'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0203, 'ecdsa_sha1'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0401, 'rsa_pkcs1_sha256'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0403, 'ecdsa_secp256r1_sha256'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0503, 'ecdsa_secp384r1_sha384'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0603, 'ecdsa_secp521r1_sha512'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0804, 'rsa_pss_rsae_sha256'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0806, 'rsa_pss_rsae_sha512'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0807, 'ed25519'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0808, 'ed448'],
    ['RFC 8446 4.2.3', names.signatureAlgorithms, 0x0809, 'rsa_pss_pss_sha256'],
    ['RFC 8998 2', names.signatureAlgorithms, 0x0708, 'sm2sig_sm3'],
    ['RFC 8734 4', names.signatureAlgorithms, 0x081a, 'ecdsa_brainpoolP256r1tls13_sha256'],
    ['draft-ietf-tls-mldsa', names.signatureAlgorithms, 0x0904, 'mldsa44'],
    ['draft-ietf-tls-mldsa', names.signatureAlgorithms, 0x0906, 'mldsa87'],
    // Hash (4) and signature (2) of RFC 5246 7.4.1.4.1: sha256, dsa.
    ['RFC 5246 7.4.1.4.1', names.signatureAlgorithms, 0x0402, 'dsa_sha256'],

    ['RFC 8879 3', names.certificateCompressionAlgorithms, 1, 'zlib'],
    ['RFC 8879 3', names.certificateCompressionAlgorithms, 2, 'brotli'],
    ['RFC 8879 3', names.certificateCompressionAlgorithms, 3, 'zstd'],
    ['RFC 8446 4.2.9', names.pskKeyExchangeModes, 0, 'psk_ke'],
    ['RFC 8446 4.2.9', names.pskKeyExchangeModes, 1, 'psk_dhe_ke'],
    ['RFC 8446 4.4.2', names.certificateTypes, 0, 'X509'],
    ['RFC 8446 4.4.2', names.certificateTypes, 2, 'Raw Public Key'],
    ['RFC 8902 3', names.certificateTypes, 3, '1609Dot2'],
    ['RFC 8422 5.1.2', names.ecPointFormats, 0, 'uncompressed'],
    ['RFC 4492 5.1.2', names.ecPointFormats, 1, 'ansiX962_compressed_prime'],
    ['RFC 4492 5.1.2', names.ecPointFormats, 2, 'ansiX962_compressed_char2'],

    ['RFC 8446 6', names.alerts, 0, 'close_notify'],
    ['RFC 8446 6', names.alerts, 10, 'unexpected_message'],
    ['RFC 8446 6', names.alerts, 22, 'record_overflow'],
    ['RFC 8446 6', names.alerts, 40, 'handshake_failure'],
    ['RFC 8446 6', names.alerts, 47, 'illegal_parameter'],
    ['RFC 8446 6', names.alerts, 50, 'decode_error'],
    ['RFC 8446 6', names.alerts, 70, 'protocol_version'],
    ['RFC 7507 2', names.alerts, 86, 'inappropriate_fallback'],
    ['RFC 5246 7.2', names.alerts, 100, 'no_renegotiation'],
    ['RFC 8446 6', names.alerts, 109, 'missing_extension'],
    ['RFC 6066 9', names.alerts, 112, 'unrecognized_name'],
    ['RFC 7301 3.2', names.alerts, 120, 'no_application_protocol'],
    ['RFC 9849 5', names.alerts, 121, 'ech_required'],
  ])('%s', (_, table, value, name) => {
    expect(table[value]).toBe(name);
    expect(nameOf(table, value)).toBe(name);
  });
});

describe('the shape of each table', () => {
  // An object enumerates integer keys in order however they were written, so the order is read in the source.
  const source = ['names.ts', 'alert.ts']
    .map((file) => readFileSync(new URL(`../../src/tls/${file}`, import.meta.url), 'utf8'))
    .join('\n')
    .replace('const descriptions', 'const alertsByNumber');

  it.each(Object.entries(tables))(
    '%s: written in ascending order, once each, within the field',
    (name, [table, greatest]) => {
      const body =
        new RegExp(`^const ${name}ByNumber = \\{\\n([^}]*)\\} as const;`, 'm').exec(source)?.[1] ?? '';
      const written = Array.from(body.matchAll(/^ {2}(0x[0-9a-f]{4}|[0-9]+): '/gm), ([, key]) => Number(key));
      expect(written).toEqual(Object.keys(table).map(Number));
      expect(written).toEqual([...new Set(written)].sort((a, b) => a - b));
      expect(written.length).toBeGreaterThan(0);
      expect(written.every((value) => value <= greatest)).toBe(true);
    },
  );

  it.each(Object.entries(tables))('%s: no name twice, none of them GREASE', (_, [table]) => {
    const all = Object.values(table);
    expect(new Set(all).size).toBe(all.length);
    expect(Object.keys(table).map(Number).filter(isGrease)).toEqual([]);
    // As they stand in the registries: no notes, no spaces at the ends.
    for (const name of all) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_. ]*[A-Za-z0-9]$/);
  });

  test('cipher suites begin with TLS_', () => {
    expect(Object.values(names.cipherSuites).filter((name) => !/^TLS_[A-Za-z0-9_]+$/.test(name))).toEqual([]);
  });
});

describe('nameOf', () => {
  it.each<readonly [what: string, table: Table, value: number, name: string]>([
    ['a name', names.cipherSuites, 0x1301, 'TLS_AES_128_GCM_SHA256'],
    ['a name for 0', names.extensions, 0, 'server_name'],
    ['GREASE', names.cipherSuites, 0x0a0a, 'GREASE'],
    ['GREASE', names.extensions, 0xfafa, 'GREASE'],
    ['no name', names.cipherSuites, 0x1234, '0x1234'],
    ['no name, small', names.groups, 0, '0x0000'],
    ['no name, in a table of bytes', names.pskKeyExchangeModes, 2, '0x0002'],
    ['no name, in lower case', names.versions, 0x7fab, '0x7fab'],
    ['no name, great', names.groups, 0xffff, '0xffff'],
    ['almost GREASE', names.groups, 0x0a1a, '0x0a1a'],
    ['a table of the caller, GREASE or not', { 0x0a0a: 'mine' }, 0x0a0a, 'mine'],
    ['an empty table', {}, 7, '0x0007'],
  ])('%s', (_, table, value, name) => {
    expect(nameOf(table, value)).toBe(name);
  });

  it('looks at the table alone, not at what it inherits', () => {
    const table = Object.create({ 5: 'inherited' }) as Table;
    expect(nameOf(table, 5)).toBe('0x0005');
  });
});

describe('the hellos of real clients: everything in them but GREASE has a name', () => {
  const hellos = new URL('../vectors/hellos/', import.meta.url);
  const clients = readdirSync(hellos).filter((file) => file.endsWith('.bin'));

  function read(file: string): { readonly hello: ClientHello; readonly recordVersion: number } {
    const bytes = readFileSync(new URL(file, hellos));
    const hello = decodeClientHello(bytes);
    const record = decodeRecord(bytes);
    if (hello.status !== 'complete' || record.status !== 'complete')
      throw new Error(`${file}: ${hello.status}`);
    return { hello: hello.value, recordVersion: record.value.version };
  }

  /** All values of the kind of each table, GREASE among them. */
  function valuesOf(file: string): Readonly<Record<string, readonly number[]>> {
    const { hello, recordVersion } = read(file);
    const found: Record<string, number[]> = {
      versions: [recordVersion, hello.legacyVersion, ...hello.supportedVersions],
      cipherSuites: [...hello.cipherSuites],
      extensions: hello.extensions.map(({ type }) => type),
    };
    const add = (table: string, values: readonly number[]): void =>
      void (found[table] ??= []).push(...values);
    for (const extension of hello.extensions) {
      const decoded = decodeExtension(extension);
      if (decoded.status !== 'complete') throw new Error(`${file}: ${decoded.code}`);
      const { value } = decoded;
      if (value.name === 'supported_groups') add('groups', value.namedGroupList);
      if (value.name === 'key_share')
        add(
          'groups',
          value.clientShares.map(({ group }) => group),
        );
      if (value.name === 'signature_algorithms' || value.name === 'signature_algorithms_cert') {
        add('signatureAlgorithms', value.supportedSignatureAlgorithms);
      }
      if (value.name === 'ec_point_formats') add('ecPointFormats', value.ecPointFormatList);
      if (value.name === 'psk_key_exchange_modes') add('pskKeyExchangeModes', value.keModes);
      if (value.name === 'compress_certificate') add('certificateCompressionAlgorithms', value.algorithms);
    }
    return found;
  }

  test('there are ten', () => {
    expect(clients).toHaveLength(10);
  });

  it.each(clients)('%s', (file) => {
    for (const [name, values] of Object.entries(valuesOf(file))) {
      const [table] = tables[name]!;
      expect(values.length).toBeGreaterThan(0);
      expect(values.filter((value) => !Object.hasOwn(table, value) && !isGrease(value))).toEqual([]);
      for (const value of values)
        expect(nameOf(table, value)).toBe(isGrease(value) ? 'GREASE' : table[value]);
    }
  });

  test('between them they have values of every kind, GREASE too', () => {
    const all = clients.map(valuesOf);
    expect([...new Set(all.flatMap((found) => Object.keys(found)))].sort()).toEqual(
      Object.keys(tables)
        .filter((name) => name !== 'alerts' && name !== 'certificateTypes')
        .sort(),
    );
    for (const kind of ['versions', 'cipherSuites', 'extensions', 'groups', 'signatureAlgorithms']) {
      expect(all.some((found) => found[kind]?.some(isGrease))).toBe(true);
    }
  });
});
