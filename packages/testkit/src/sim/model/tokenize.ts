const NOTHING = 0;
const WORD = 1;
const MARK = 2;
const SPACE = 3;

const KINDS = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/\w/.test(char)) KINDS[code] = WORD;
  else if (/[\t\n\f\r ]/.test(char)) KINDS[code] = SPACE;
  else if ('{}:,-.?!;@#$%^&*()+~/\\><[]="\''.includes(char)) KINDS[code] = MARK;
}
const UNDERSCORE = 95;

/**
 * Token ids of a text, by the rule of the reference simulator's built-in tokenizer: a token is one punctuation mark or a
 * run of ASCII letters, digits and underscores (one that does not begin with an underscore), with the white space behind
 * it; other characters count for nothing. Its id is FNV-1a (32 bits) of its bytes. A longer text begins with the tokens of
 * a shorter one if that ends between two tokens.
 */
export function tokenIds(text: string): Uint32Array {
  const ids = new Uint32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; ) {
    const end = tokenEnd(text, at);
    if (end === at) {
      at++;
      continue;
    }
    let hash = 0x811c9dc5;
    for (; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    ids[count++] = hash;
  }
  return ids.slice(0, count);
}

/** The text cut before every token but the first; joined, the pieces give the text again. None when it has no token. */
export function tokenTexts(text: string): string[] {
  const texts: string[] = [];
  let start = -1;
  for (let at = 0; at < text.length; ) {
    const end = tokenEnd(text, at);
    if (end === at) {
      at++;
      continue;
    }
    if (start === -1) start = 0;
    else {
      texts.push(text.slice(start, at));
      start = at;
    }
    at = end;
  }
  if (start !== -1) texts.push(text.slice(start));
  return texts;
}

/** Where the token that begins here ends; `at` when none begins here. */
function tokenEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const kind = kindOf(code);
  let end = at + 1;
  if (kind === WORD && code !== UNDERSCORE) {
    while (end < text.length && kindOf(text.charCodeAt(end)) === WORD) end++;
  } else if (kind !== MARK && code !== UNDERSCORE) {
    return at;
  }
  while (end < text.length && kindOf(text.charCodeAt(end)) === SPACE) end++;
  return end;
}

function kindOf(code: number): number {
  return code < 128 ? KINDS[code]! : NOTHING;
}
