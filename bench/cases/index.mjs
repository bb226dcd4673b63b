import { decoding, fingerprints } from './hellos.mjs';
import { names, namesAndAlpn } from './names.mjs';
import { requests, sniffing } from './openings.mjs';
import { checksums, proxyDecoding, proxyEncoding } from './proxy.mjs';

/** @type {readonly import('../timing.mjs').Case[]} */
export const cases = [
  ...[names, namesAndAlpn, decoding, fingerprints],
  ...[proxyDecoding, proxyEncoding, checksums, sniffing, requests],
].flat();
