import { invalidField, type RequestKind } from './request-kind.ts';

const maxTokenId = 0xffff_ffff;

/**
 * `value` as token ids: at least one, each an integer in 0 .. 2^32-1.
 * @throws ApiError that names the first wrong entry
 */
export function tokenIds(value: unknown, param: string, kind: RequestKind): readonly number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidField(kind, param, 'an array of at least one token id', value);
  }
  for (let i = 0; i < value.length; i++) {
    const id: unknown = value[i];
    if (typeof id !== 'number' || id < 0 || id > maxTokenId || !Number.isInteger(id)) {
      throw invalidField(kind, `${param}[${i}]`, 'an integer from 0 to 4294967295', id);
    }
  }
  return value;
}
