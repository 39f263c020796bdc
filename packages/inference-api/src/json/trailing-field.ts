import type { ByteRange } from '../rewrite/rewrite-model.ts';
import { byte, skipContainers, skipValue, skipWhitespace } from './json-scanner.ts';

const maxCandidates = 16;

/**
 * Where the value of a top-level field stands in a JSON object of which only the end is at hand. Undefined if it is
 * not found there; never a field of a nested object, never text that only looks like a field.
 *
 * Exact without the beginning: inside a string the quotes of `"name"` would be escaped (so a name that the tail begins
 * with is left alone: the byte before it is not known), and a field is top-level if exactly one container is left to
 * close after it.
 */
export function findTrailingField(tail: Buffer, name: string): ByteRange | undefined {
  const key = Buffer.from(`"${name}"`);
  let at = tail.lastIndexOf(key);
  for (let tries = 0; at !== -1 && tries < maxCandidates; tries++) {
    const range = topLevelValue(tail, at, at + key.length);
    if (range) return range;
    at = at === 0 ? -1 : tail.lastIndexOf(key, at - 1);
  }
  return undefined;
}

function topLevelValue(tail: Buffer, keyStart: number, keyEnd: number): ByteRange | undefined {
  if (keyStart === 0 || tail[keyStart - 1] === byte.backslash) return undefined;
  const colon = skipWhitespace(tail, keyEnd);
  if (tail[colon] !== byte.colon) return undefined;
  const start = skipWhitespace(tail, colon + 1);
  const end = skipValue(tail, start);
  if (end === -1) return undefined;
  const closed = skipContainers(tail, end, 1);
  return closed !== -1 && skipWhitespace(tail, closed) === tail.length ? { start, end } : undefined;
}
