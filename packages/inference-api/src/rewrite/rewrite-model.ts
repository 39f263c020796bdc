import { ApiError } from '../errors/api-error.ts';
import { byte, skipString, skipValue, skipWhitespace, viewOf } from '../json/json-scanner.ts';

/** A range of bytes: from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the value of the top-level field `model` stands in a JSON body, quotes included. Of several such fields it
 * is the last, the one that JSON parsers keep. Undefined if there is none.
 * @throws ApiError invalid_json if the body is no JSON object
 */
export function findModelRange(body: Uint8Array): ByteRange | undefined {
  return scan(viewOf(body)).model;
}

/**
 * The body with another model. Only the bytes of the model's value differ: everything else, whitespace and numbers
 * included, stays as the client wrote it. A body without a model gets one as its first field; a body that already
 * names `newModel` in the same bytes is returned as it is.
 * @throws ApiError invalid_json if the body is no JSON object
 */
export function rewriteModel(body: Uint8Array, newModel: string): Uint8Array {
  const json = viewOf(body);
  const { first, empty, model } = scan(json);
  const value = JSON.stringify(newModel);
  if (!model) return splice(json, first, first, empty ? `"model":${value}` : `"model":${value},`);
  if (json.toString('utf8', model.start, model.end) === value) return body;
  return splice(json, model.start, model.end, value);
}

interface Scan {
  /** Where the first field would stand. */
  readonly first: number;
  readonly empty: boolean;
  readonly model: ByteRange | undefined;
}

function scan(json: Buffer): Scan {
  const open = skipWhitespace(json, 0);
  if (json[open] !== byte.openBrace) throw notAnObject();
  const first = open + 1;
  let model: ByteRange | undefined;
  let at = skipWhitespace(json, first);
  if (json[at] === byte.closeBrace) return { first, empty: true, model };
  for (;;) {
    if (json[at] !== byte.quote) throw notAnObject();
    const keyEnd = skipString(json, at);
    if (keyEnd === -1) throw notAnObject();
    const colon = skipWhitespace(json, keyEnd);
    if (json[colon] !== byte.colon) throw notAnObject();
    const start = skipWhitespace(json, colon + 1);
    const end = skipValue(json, start);
    if (end === -1) throw notAnObject();
    if (isModelKey(json, at, keyEnd)) model = { start, end };
    at = skipWhitespace(json, end);
    if (json[at] === byte.closeBrace) return { first, empty: false, model };
    if (json[at] !== byte.comma) throw notAnObject();
    at = skipWhitespace(json, at + 1);
  }
}

const plainKeyLength = '"model"'.length;
const longestKeyLength = '"\\u006d\\u006f\\u0064\\u0065\\u006c"'.length;

/** Whether the key is `model`, however it is escaped. */
function isModelKey(json: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length < plainKeyLength || length > longestKeyLength) return false;
  const key = json.toString('latin1', start, end);
  if (length === plainKeyLength) return key === '"model"';
  return key.includes('\\') && unescaped(key) === 'model';
}

function unescaped(key: string): unknown {
  try {
    return JSON.parse(key);
  } catch {
    return undefined;
  }
}

function splice(json: Buffer, start: number, end: number, text: string): Uint8Array {
  const size = Buffer.byteLength(text);
  const out = new Uint8Array(start + size + json.length - end);
  out.set(json.subarray(0, start), 0);
  viewOf(out).write(text, start);
  out.set(json.subarray(end), start + size);
  return out;
}

function notAnObject(): ApiError {
  return new ApiError({ code: 'invalid_json', message: 'the body must be a JSON object to change its model' });
}
