import { invalidField, type RequestKind } from './request-kind.ts';
import { tokenIds } from './token-ids.ts';

/** A prompt, or several independent ones, as text or as token ids. Lists have at least one entry. */
export type TextInput =
  | { readonly form: 'text'; readonly text: string }
  | { readonly form: 'texts'; readonly texts: readonly string[] }
  | { readonly form: 'tokens'; readonly tokenIds: readonly number[] }
  | { readonly form: 'tokenLists'; readonly tokenLists: readonly (readonly number[])[] };

const expected = 'a non-empty string, an array of strings, an array of token ids, or an array of such arrays';

/**
 * Reads `value` as a prompt.
 * @throws ApiError for an empty prompt, an empty list, or entries of different kinds
 */
export function textInput(value: unknown, param: string, kind: RequestKind): TextInput {
  if (typeof value === 'string' && value !== '') return { form: 'text', text: value };
  if (!Array.isArray(value) || value.length === 0) throw invalidField(kind, param, expected, value);
  const first: unknown = value[0];
  if (typeof first === 'string') return { form: 'texts', texts: strings(value, param, kind) };
  if (typeof first === 'number') return { form: 'tokens', tokenIds: tokenIds(value, param, kind) };
  if (!Array.isArray(first)) throw invalidField(kind, `${param}[0]`, 'a string, a token id or an array', first);
  for (let i = 0; i < value.length; i++) tokenIds(value[i], `${param}[${i}]`, kind);
  return { form: 'tokenLists', tokenLists: value };
}

function strings(value: readonly unknown[], param: string, kind: RequestKind): readonly string[] {
  for (let i = 0; i < value.length; i++) {
    if (typeof value[i] !== 'string') throw invalidField(kind, `${param}[${i}]`, 'a string like the first', value[i]);
  }
  return value as readonly string[];
}
