import { byte, skipString, skipValue, skipWhitespace } from '../json/json-scanner.ts';
import type { ByteRange } from './rewrite-model.ts';

const modelKey = Buffer.from('"model"');
/** Objects in which responses name the model a second time. */
const containers: readonly Buffer[] = [Buffer.from('"message"'), Buffer.from('"response"')];

/**
 * A JSON object with another model's name: `model` at the top, in `message` and in `response`, wherever it equals
 * `from`. All other bytes stay. Bytes that are no JSON object are returned as they are.
 */
export function renameModel(json: Buffer, { from, to }: { readonly from: string; readonly to: string }): Buffer {
  if (json.indexOf(modelKey) === -1) return json;
  const ranges: ByteRange[] = [];
  const open = skipWhitespace(json, 0);
  if (findModels(json, open, true, from, ranges) === -1 || ranges.length === 0) return json;
  const value = Buffer.from(JSON.stringify(to));
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const { start, end } of ranges) {
    pieces.push(json.subarray(copied, start), value);
    copied = end;
  }
  pieces.push(json.subarray(copied));
  return Buffer.concat(pieces);
}

/**
 * Collects where the object that opens at `open` names the model.
 * @returns the index after the object, -1 if there is none
 */
function findModels(json: Buffer, open: number, isTop: boolean, from: string, ranges: ByteRange[]): number {
  if (json[open] !== byte.openBrace) return -1;
  let at = skipWhitespace(json, open + 1);
  if (json[at] === byte.closeBrace) return at + 1;
  for (;;) {
    if (json[at] !== byte.quote) return -1;
    const keyEnd = skipString(json, at);
    if (keyEnd === -1) return -1;
    const colon = skipWhitespace(json, keyEnd);
    if (json[colon] !== byte.colon) return -1;
    const start = skipWhitespace(json, colon + 1);
    const isContainer =
      isTop && json[start] === byte.openBrace && containers.some((key) => isKey(json, at, keyEnd, key));
    const end = isContainer ? findModels(json, start, false, from, ranges) : skipValue(json, start);
    if (end === -1) return -1;
    if (isKey(json, at, keyEnd, modelKey) && names(json, start, end, from)) ranges.push({ start, end });
    at = skipWhitespace(json, end);
    if (json[at] === byte.closeBrace) return at + 1;
    if (json[at] !== byte.comma) return -1;
    at = skipWhitespace(json, at + 1);
  }
}

function isKey(json: Buffer, start: number, end: number, key: Buffer): boolean {
  return end - start === key.length && json.compare(key, 0, key.length, start, end) === 0;
}

/** Whether the value is the text `name`, however it is escaped. */
function names(json: Buffer, start: number, end: number, name: string): boolean {
  if (json[start] !== byte.quote) return false;
  try {
    return JSON.parse(json.toString('utf8', start, end)) === name;
  } catch {
    return false;
  }
}
