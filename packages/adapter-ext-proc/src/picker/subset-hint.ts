import { isIPv6 } from 'node:net';
import { DESTINATION } from '../reply/destination.ts';
import type { FilterMetadata } from '../stream/processor.ts';

/**
 * The only endpoints that the proxy allows, as the scheduler takes them: `ip:port`, or `ip` for any port. Given as a list
 * or as a text separated by commas. What is there but cannot be used allows nothing: a restriction that is not
 * understood must not be lifted.
 * @returns undefined when the proxy restricts nothing
 */
export function subsetHint(metadata: FilterMetadata): readonly string[] | undefined {
  const value = metadata[DESTINATION.subsetNamespace]?.fields[DESTINATION.subset];
  if (value === undefined) return undefined;
  const texts = value.listValue?.values.map((item) => item.stringValue ?? '') ?? [value.stringValue ?? ''];
  return texts.flatMap((text) => text.split(',')).flatMap((text) => spellings(text.trim()));
}

/** `[::1]` is an address, `[::1]:80` and `::1:80` are an address with a port, and the latter may be an address as well. */
function spellings(text: string): string[] {
  if (text === '') return [];
  const bare = /^\[([^\]]*)\]$/.exec(text)?.[1];
  if (bare !== undefined) return [bare];
  const colon = text.lastIndexOf(':');
  if (!text.startsWith('[') && isIPv6(text.slice(0, colon))) {
    return [text, `[${text.slice(0, colon)}]:${text.slice(colon + 1)}`];
  }
  return [text];
}
