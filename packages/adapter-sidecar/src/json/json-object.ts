import { jsonByte, skipJsonValue, skipJsonWhitespace } from '@pointsman/inference-api';

/** What a member is set to: JSON text, or undefined to take the member out. */
export type JsonEdits = Readonly<Record<string, string | Buffer | undefined>>;

/**
 * A JSON object as bytes, cut into its members only. Values are never read into numbers and written again, so that what is
 * not edited stays as it was written: 64-bit integers, `1.0`, escapes. Of duplicate members the last counts.
 */
export class JsonObjectText {
  readonly #members = new Map<string, Buffer>();

  private constructor(json: Buffer) {
    let at = skipJsonWhitespace(json, 0) + 1;
    for (;;) {
      at = skipJsonWhitespace(json, at);
      if (json[at] === jsonByte.closeBrace) return;
      const keyEnd = skipJsonValue(json, at);
      const name = JSON.parse(json.toString('utf8', at, keyEnd)) as string;
      const start = skipJsonWhitespace(json, skipJsonWhitespace(json, keyEnd) + 1);
      const end = skipJsonValue(json, start);
      this.#members.set(name, json.subarray(start, end));
      at = skipJsonWhitespace(json, end);
      if (json[at] === jsonByte.comma) at++;
    }
  }

  /** Undefined for a JSON text that is no object. @throws SyntaxError for what is no JSON */
  static parse(json: Buffer): JsonObjectText | undefined {
    JSON.parse(json.toString('utf8'));
    return JsonObjectText.of(json);
  }

  /** Cuts a text that is known to be valid JSON. Undefined when it is no object. */
  static of(json: Buffer): JsonObjectText | undefined {
    return json[skipJsonWhitespace(json, 0)] === jsonByte.openBrace ? new JsonObjectText(json) : undefined;
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** The text of a member. */
  text(name: string): Buffer | undefined {
    return this.#members.get(name);
  }

  /** A member that is itself an object. */
  object(name: string): JsonObjectText | undefined {
    const text = this.#members.get(name);
    return text && JsonObjectText.of(text);
  }

  /** A member that is a string. */
  string(name: string): string | undefined {
    const text = this.#members.get(name);
    return text?.[0] === jsonByte.quote ? (JSON.parse(text.toString('utf8')) as string) : undefined;
  }

  /** Names and texts, in the order of the object. */
  members(): IterableIterator<[string, Buffer]> {
    return this.#members.entries();
  }

  /** The object with these edits, as bytes. Members that are new come last. */
  with(edits: JsonEdits): Buffer {
    const parts: (string | Buffer)[] = [];
    const add = (name: string, text: string | Buffer | undefined) => {
      if (text !== undefined) parts.push(`${parts.length === 0 ? '{' : ','}${JSON.stringify(name)}:`, text);
    };
    for (const [name, text] of this.#members) add(name, Object.hasOwn(edits, name) ? edits[name] : text);
    for (const name of Object.keys(edits)) if (!this.#members.has(name)) add(name, edits[name]);
    if (parts.length === 0) parts.push('{');
    parts.push('}');
    return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  }
}

/** The texts of the values of an array that is known to be valid JSON; none when it is no array. */
export function elementsOf(json: Buffer | undefined): Buffer[] {
  const elements: Buffer[] = [];
  if (json?.[0] !== jsonByte.openBracket) return elements;
  let at = skipJsonWhitespace(json, 1);
  while (json[at] !== jsonByte.closeBracket) {
    const end = skipJsonValue(json, at);
    elements.push(json.subarray(at, end));
    at = skipJsonWhitespace(json, end);
    if (json[at] === jsonByte.comma) at = skipJsonWhitespace(json, at + 1);
  }
  return elements;
}
