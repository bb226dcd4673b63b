/** How other makers' programs show a name in SNI: as it came. */
import { isIP, SocketAddress } from 'node:net';
import type { ServerName } from 'preread/tls';

/**
 * Whether a name is that which another reader shows, one character per byte, and of the kind that it is to be;
 * undefined where there is none.
 */
export function isSameName(ours: ServerName | undefined, theirs: string | undefined): boolean {
  if (ours === undefined || theirs === undefined) return ours === theirs;
  const text = theirs.replace(/\.$/, '');
  if (ours.kind !== kindOf(text)) return false;
  switch (ours.kind) {
    case 'dns':
      return ours.host === text.toLowerCase();
    case 'ip':
      return canonical(ours.address) === canonical(text);
    case 'invalid':
      return Buffer.from(ours.raw).toString('latin1') === theirs;
  }
}

/** At most 253 characters, in labels of 1 to 63, of which the last is no number. */
const dnsName = /^(?=.{1,253}$)(?:[\w-]{1,63}\.)*(?!(?:\d+|0x[\da-f]*)$)[\w-]{1,63}$/i;

function kindOf(text: string): ServerName['kind'] {
  // A zone is of one machine alone.
  if (isIP(text) !== 0 && !text.includes('%')) return 'ip';
  return dnsName.test(text) ? 'dns' : 'invalid';
}

/** Of the ways to write an address, one. */
function canonical(address: string): string {
  return new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;
}
