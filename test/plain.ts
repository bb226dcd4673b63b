import type { ClientHello } from '../src/tls/index.ts';

/** The outcome with every hello in it as plain data, so that outcomes can be compared. */
export function plain<T extends { readonly status: string }>(outcome: T): T {
  if (!('value' in outcome)) return outcome;
  return { ...outcome, value: plainValue(outcome.value) };
}

function plainValue(value: unknown): unknown {
  if (isHello(value)) return value.toJSON();
  if (typeof value !== 'object' || value === null || !('tls' in value) || !isHello(value.tls)) return value;
  return { ...value, tls: value.tls.toJSON() };
}

function isHello(value: unknown): value is ClientHello {
  return typeof value === 'object' && value !== null && 'toJSON' in value;
}
