export const NEWLINE = 10;
export const QUOTE = 34;
export const HASH = 35;
export const COMMA = 44;
export const EQUALS = 61;
export const BACKSLASH = 92;
export const BRACE = 123;
export const BRACE_END = 125;

export const NAME = 1;
export const DIGIT = 2;
export const NUMBER = 4;
export const BLANK = 8;

/** What each byte can be part of: a metric or label name, a decimal number, or the space between them. */
export const BYTE_CLASS = new Uint8Array(256);
for (const byte of Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:')) BYTE_CLASS[byte] = NAME;
for (const byte of Buffer.from('0123456789')) BYTE_CLASS[byte] = NAME | DIGIT | NUMBER;
for (const byte of Buffer.from('+-.eE')) BYTE_CLASS[byte]! |= NUMBER;
for (const byte of Buffer.from(' \t')) BYTE_CLASS[byte] = BLANK;
