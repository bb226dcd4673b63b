/**
 * preread reads the first bytes of a connection before anything else does.
 *
 * @module
 */
export * from './preread.ts';
export * from './tls/index.ts';
export * from './proxy/index.ts';
export * from './sniff/index.ts';
export * from './http/index.ts';
