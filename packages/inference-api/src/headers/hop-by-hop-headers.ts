/** RFC 9110 section 7.6.1, and the proxy's own credentials. */
const always: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Lower-case names of the headers that end at this hop: the fixed ones and those that `Connection` names.
 * `headers` is a flat list of names and values, as `node:http` (`rawHeaders`) and undici have them. A set that is
 * shared comes back unless `Connection` names something new.
 */
export function hopByHopHeaders(headers: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]!.length !== 'connection'.length || headers[i]!.toLowerCase() !== 'connection') continue;
    for (const option of headers[i + 1]!.split(',')) {
      const name = option.trim().toLowerCase();
      if (name === '' || name === 'close' || always.has(name)) continue;
      names ??= new Set(always);
      names.add(name);
    }
  }
  return names ?? always;
}
