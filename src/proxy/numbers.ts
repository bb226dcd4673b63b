/**
 * The numbers of the PROXY protocol. No import here, for the reason in ascii.ts.
 *
 * @module
 */

// Version 1 (PROXY protocol 2.1).

/** The longest line, its CRLF included: `PROXY UNKNOWN` with two IPv6 addresses and ports in full. */
export const MAX_LINE = 107;
/** Where the protocol stands, its last character if it is TCP, and the first address. */
export const PROTOCOL = 6;
export const FAMILY = 9;
export const FIELDS = 11;
export const FOUR = 0x34;
export const SIX = 0x36;
export const U = 0x55;
export const TCP4 = 'PROXY TCP4 ';
export const TCP6 = 'PROXY TCP6 ';
export const UNKNOWN = 'PROXY UNKNOWN';
/** What tells version 1 from every other protocol. */
export const LINE_START = 'PROXY ';

// Version 2 (PROXY protocol 2.2).

/** What tells version 2 from every other protocol. */
export const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
/** The same as three numbers. */
export const SIGNATURE_0 = 0x0d0a0d0a;
export const SIGNATURE_4 = 0x000d0a51;
export const SIGNATURE_8 = 0x5549540a;
export const VER_CMD = 12;
export const FAM = 13;
export const LEN = 14;
/** The size of everything up to the addresses. */
export const FIXED = 16;
/** What the length field can hold. */
export const MAX_LENGTH = 0xffff;
export const VERSION = 2;
export const LOCAL = 0;
export const PROXY = 1;
export const AF_UNSPEC = 0;
export const AF_INET = 1;
export const AF_INET6 = 2;
export const AF_UNIX = 3;
export const UNSPEC = 0;
export const STREAM = 1;
export const DGRAM = 2;
/** The size of a UNIX path in a header, as in the kernel's `sockaddr_un`. */
export const UNIX_PATH_SIZE = 108;

// TLVs (PROXY protocol 2.2.1 to 2.2.8).

/** The types: PP2_TYPE_ALPN and so on. */
export const ALPN = 0x01;
export const AUTHORITY = 0x02;
export const CRC32C = 0x03;
export const NOOP = 0x04;
export const UNIQUE_ID = 0x05;
export const SSL = 0x20;
export const NETNS = 0x30;
/** The size of a TLV without its value: type and length. */
export const TLV_HEADER = 3;
/** The size of the SSL TLV without its sub-TLVs: the client bits and the verify field. */
export const SSL_HEADER = 5;
/** The size of a checksum. */
export const CHECKSUM = 4;
export const MAX_UNIQUE_ID = 128;
export const CLIENT_SSL = 0x01;
export const CLIENT_CERT_CONN = 0x02;
export const CLIENT_CERT_SESS = 0x04;
