/**
 * What it costs at least: code for well-formed input only, which trusts every length, checks no bound and reads
 * nothing that was not asked for. No library could be this; it shows how much of a time is checks.
 */

/** Texts of each length by one call with as many arguments: shorter than anything else that makes a string. */
const MAX_ARITY = 48;
const cases = Array.from({ length: MAX_ARITY + 1 }, (_, length) => {
  const codes = Array.from({ length }, (_, i) => `b[p + ${i}]`);
  return `case ${length}: return fromCharCode(${codes.join(', ')});`;
});
const text = new Function('b', 'p', 'length', `const { fromCharCode } = String; switch (length) { ${cases.join('\n')} }`);

/** Steps to the extensions of a hello in one record. */
function extensionsAt(b) {
  let p = 44 + b[43];
  p += 2 + ((b[p] << 8) | b[p + 1]);
  return p + 1 + b[p];
}

/** Where the name begins; 0 where there is none. Its length stands in front of it. */
export function walkToName(b) {
  let p = extensionsAt(b);
  const end = p + 2 + ((b[p] << 8) | b[p + 1]);
  p += 2;
  while (p < end) {
    if (b[p] === 0 && b[p + 1] === 0) return p + 9;
    p += 4 + ((b[p + 2] << 8) | b[p + 3]);
  }
  return 0;
}

/** The name as a string. */
export function nameOf(b) {
  const p = walkToName(b);
  return p === 0 ? undefined : text(b, p, (b[p - 2] << 8) | b[p - 1]);
}

/** Name and ALPN as an object. */
export function nameAndAlpnOf(b) {
  let p = extensionsAt(b);
  const end = p + 2 + ((b[p] << 8) | b[p + 1]);
  p += 2;
  let serverName;
  const alpnProtocols = [];
  while (p < end) {
    const type = (b[p] << 8) | b[p + 1];
    const next = p + 4 + ((b[p + 2] << 8) | b[p + 3]);
    if (type === 0) serverName = text(b, p + 9, (b[p + 7] << 8) | b[p + 8]);
    else if (type === 16) {
      for (let at = p + 6; at < next; at += 1 + b[at]) alpnProtocols.push(text(b, at + 1, b[at]));
    }
    p = next;
  }
  return { serverName, alpnProtocols };
}
