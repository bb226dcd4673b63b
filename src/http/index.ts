/** HTTP/1 request heads, and the host that a request names. */
export type { Bytes, Complete, Decoded, DecodeOptions, Incomplete, Malformed, MalformedCode } from '../decoded.ts';
export type { Parser } from '../parser.ts';
export type { Authority } from './authority.ts';
export { methods } from './method.ts';
export { createRequestHeadParser, decodeRequestHead, requestHeadCodes } from './request-head.ts';
export type { Field, RequestHead, RequestHeadCode, RequestHeadOptions } from './request-head.ts';
