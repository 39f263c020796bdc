import type { MsgpackReader } from './msgpack-reader.ts';

/**
 * Reads what identifies blocks beside their tokens: for each block nil or a list, of texts or of texts with their offset. What else
 * stands in a list means nothing here.
 * @returns undefined when no block has any
 */
export function readExtraKeys(reader: MsgpackReader): readonly (readonly string[] | undefined)[] | undefined {
  if (reader.nil()) return undefined;
  const blocks = reader.array('extra_keys');
  const all: (readonly string[] | undefined)[] = [];
  let hasAny = false;
  for (let i = 0; i < blocks; i++) {
    const texts = reader.isArray ? readTexts(reader) : reader.skip('extra_keys');
    if (texts !== undefined) hasAny = true;
    all.push(texts ?? undefined);
  }
  return hasAny ? all : undefined;
}

function readTexts(reader: MsgpackReader): readonly string[] | undefined {
  const texts: string[] = [];
  for (let left = reader.array('extra_keys'); left > 0; left--) {
    if (reader.isText) {
      texts.push(reader.text('extra_keys'));
    } else if (reader.isArray) {
      const parts = reader.array('extra_keys');
      const isPair = parts === 2 && reader.isText;
      if (isPair) texts.push(reader.text('extra_keys'));
      for (let i = isPair ? 1 : 0; i < parts; i++) reader.skip('extra_keys');
    } else {
      reader.skip('extra_keys');
    }
  }
  return texts.length === 0 ? undefined : texts;
}
