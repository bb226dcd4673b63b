/**
 * The numbers of TLS. No import here, for the reason in ascii.ts.
 *
 * @module
 */

// Records (RFC 8446 5.1)

/** Versions that are looked at by number. */
export const SSL3 = 0x0300;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;
/** The size of a record header in bytes. */
export const RECORD_HEADER = 5;
/** The longest plaintext fragment (RFC 8446 5.1). */
export const MAX_FRAGMENT = 0x4000;
/** What protection may add to it (RFC 5246 6.2.3; RFC 8446 5.2 allows less). */
export const MAX_EXPANSION = 2048;
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
export const HEARTBEAT = 24;

// Handshake messages (RFC 8446 4)

/** The types of the messages that are read or written. */
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
export const CERTIFICATE = 11;
/** The size of a handshake header in bytes: type and length. */
export const HANDSHAKE_HEADER = 4;

// Extensions (RFC 8446 4.2)

/** The types of the extensions that are looked into, or written, by more than their own decoders. */
export const SERVER_NAME = 0;
export const SUPPORTED_GROUPS = 10;
export const EC_POINT_FORMATS = 11;
export const SIGNATURE_ALGORITHMS = 13;
export const APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 16;
export const SERVER_CERTIFICATE_TYPE = 20;
export const EXTENDED_MASTER_SECRET = 23;
export const PRE_SHARED_KEY = 41;
export const SUPPORTED_VERSIONS = 43;
export const COOKIE = 44;
export const PSK_KEY_EXCHANGE_MODES = 45;
export const KEY_SHARE = 51;
export const RENEGOTIATION_INFO = 0xff01;
export const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
/** Where the name begins in a `server_name` that was checked: behind the list's length, its own type and its length. */
export const HOST_NAME = 5;
export const ECH_OUTER = 0;
export const ECH_INNER = 1;

// The ClientHello (RFC 8446 4.1.2)

/** Multiplies an extension type so that the first six bits differ for those that clients send together, GREASE too. */
export const SPREAD = 0x09a70e9f;
/** From so many extensions on a table pays: no client that is known sends as many. */
export const MANY = 32;
/** Where the body begins in a hello that is in one record, and in that, behind legacy_version and random, the session id. */
export const BODY = 9;
export const SESSION_ID = 43;
