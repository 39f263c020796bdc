import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import { invalidField, type RequestKind } from './request-kind.ts';

/** A picture, film or sound among token ids: `length` placeholder tokens from `offset` on stand for it. */
export interface MultimodalFeature {
  /** Such as `image`. */
  readonly modality: string;
  /** Identifies what is shown. */
  readonly hash: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads the field `features` of vLLM's generate API: hashes and placeholders per modality, paired by position.
 * What has no partner is left out.
 * @throws ApiError if a hash, offset or length has the wrong type
 */
export function multimodalFeatures(json: JsonObject, kind: RequestKind): readonly MultimodalFeature[] {
  const features: MultimodalFeature[] = [];
  const hashes = objectField(json.features, 'mm_hashes', kind);
  const placeholders = objectField(json.features, 'mm_placeholders', kind);
  for (const modality of Object.keys(hashes)) {
    const hashList = listField(hashes, 'mm_hashes', modality, kind);
    const placeList = listField(placeholders, 'mm_placeholders', modality, kind);
    for (let i = 0; i < Math.min(hashList.length, placeList.length); i++) {
      const hash = hashList[i];
      if (typeof hash !== 'string') {
        throw invalidField(kind, `features.mm_hashes.${modality}[${i}]`, 'a string', hash);
      }
      features.push({
        modality,
        hash,
        ...placeholder(placeList[i], `features.mm_placeholders.${modality}[${i}]`, kind),
      });
    }
  }
  return features;
}

function objectField(features: unknown, name: string, kind: RequestKind): JsonObject {
  if (features === undefined || features === null) return {};
  if (!isJsonObject(features)) throw invalidField(kind, 'features', 'an object', features);
  const value = features[name];
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalidField(kind, `features.${name}`, 'an object', value);
  return value;
}

function listField(from: JsonObject, name: string, modality: string, kind: RequestKind): readonly unknown[] {
  const value = Object.hasOwn(from, modality) ? from[modality] : undefined;
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidField(kind, `features.${name}.${modality}`, 'an array', value);
  return value;
}

function placeholder(value: unknown, param: string, kind: RequestKind): { offset: number; length: number } {
  const { offset, length } = isJsonObject(value) ? value : { offset: undefined, length: undefined };
  if (!isCount(offset) || !isCount(length)) {
    throw invalidField(kind, param, 'an object with integers >= 0 as offset and length', value);
  }
  return { offset, length };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
