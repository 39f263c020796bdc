import { BlockList, isIP } from 'node:net';

/** Says whether a model server may be contacted that a header names. */
export type AllowedHosts = (host: string) => boolean;

/** Addresses that belong to a machine's own link, such as those of cloud metadata services; no model server is there. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
LINK_LOCAL.addAddress('0.0.0.0', 'ipv4');
LINK_LOCAL.addAddress('::', 'ipv6');

/** Every host but link-local addresses: for networks in which only the picker sets the headers. */
export const anyHost: AllowedHosts = (host) => {
  const version = isIP(host);
  return version === 0 || !LINK_LOCAL.check(host, version === 4 ? 'ipv4' : 'ipv6');
};

/**
 * The hosts of a list only; ports do not matter. An entry is an address, a subnet such as `10.0.0.0/8`, or a name, which has to be
 * the one in the header.
 * @throws RangeError for a subnet that is none
 */
export function allowHosts(entries: readonly string[]): AllowedHosts {
  const addresses = new BlockList();
  const names = new Set<string>();
  for (const entry of entries) {
    const [address, bits] = entry.split('/') as [string, string?];
    const family = familyOf(address);
    if (bits !== undefined) {
      if (family === undefined || !/^\d+$/.test(bits) || Number(bits) > (family === 'ipv4' ? 32 : 128)) {
        throw new RangeError(`"${entry}" is no subnet; write one like 10.0.0.0/8`);
      }
      addresses.addSubnet(address, Number(bits), family);
    } else if (family === undefined) names.add(address.toLowerCase());
    else addresses.addAddress(address, family);
  }
  return (host) => {
    const family = familyOf(host);
    return family === undefined ? names.has(host.toLowerCase()) : addresses.check(host, family);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}
