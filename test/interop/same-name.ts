/** How other makers' programs show a name in SNI: as it came. */
import { isIP, SocketAddress } from 'node:net';
import type { ServerName } from 'preread/tls';

/** Whether a name is that which another reader shows, one character per byte; undefined where there is none. */
export function isSameName(ours: ServerName | undefined, theirs: string | undefined): boolean {
  if (ours === undefined || theirs === undefined) return ours === theirs;
  switch (ours.kind) {
    case 'dns':
      return ours.host === theirs.toLowerCase().replace(/\.$/, '');
    case 'ip':
      return canonical(ours.address) === canonical(theirs.replace(/\.$/, ''));
    case 'invalid':
      return Buffer.from(ours.raw).toString('latin1') === theirs;
  }
}

/** Of the ways to write an address, one; any other text as it is. */
function canonical(address: string): string {
  const version = isIP(address);
  return version === 0 ? address : new SocketAddress({ address, family: `ipv${version as 4 | 6}` }).address;
}
