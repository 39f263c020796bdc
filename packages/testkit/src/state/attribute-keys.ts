import {
  type DataKey,
  endpointNumber,
  endpointValue,
  inFlightLoad,
  prefixMatch,
  uncachedRequestTokens,
} from '@pointsman/core';

/** The value of a recorded attribute: a number, its text form, or an object. */
export type RecordedAttribute = number | string | Readonly<Record<string, unknown>>;

/** Short names for the keys of the producers with default names. */
const ALIASES: Readonly<Record<string, string>> = {
  '@prefix': 'PrefixCacheMatchInfoDataKey/approx-prefix-cache-producer',
  '@inFlightLoad': 'InFlightLoadDataKey/inflight-load-producer',
  '@uncachedRequestTokens': 'UncachedRequestTokensDataKey/inflight-load-producer',
  '@latency': 'LatencyPredictionInfoDataKey/predicted-latency-producer',
  '@multimodal': 'MultiModalEncoderCacheMatchInfoKey/mm-embeddings-cache-producer',
  '@topology': 'Topology/topology-extractor',
};

interface KnownAttribute {
  readonly key: DataKey;
  decode(value: RecordedAttribute): unknown;
}

const plain = (value: RecordedAttribute) => value;

/** Which data key an attribute is, and how its recorded value is meant. */
export function attributeKey(id: string, value: RecordedAttribute): KnownAttribute {
  const full = ALIASES[id] ?? id;
  const slash = full.lastIndexOf('/');
  const dataType = full.slice(0, slash);
  const producer = full.slice(slash + 1);
  switch (dataType) {
    case 'PrefixCacheMatchInfoDataKey':
      return {
        key: prefixMatch(producer),
        decode: (recorded) => {
          const match = recorded as Readonly<Record<string, number>>;
          return { ...match, cachedBlockCount: match['cachedBlockCount'] ?? match['matchBlocks'] ?? 0 };
        },
      };
    case 'InFlightLoadDataKey':
      return { key: inFlightLoad(producer), decode: plain };
    case 'UncachedRequestTokensDataKey':
      return { key: uncachedRequestTokens(producer), decode: plain };
    default: {
      // An empty producer leaves the slash at the end in recordings; the key's id has none.
      const keyId = producer === '' ? dataType : full;
      return typeof value === 'object'
        ? { key: endpointValue<unknown>()(keyId), decode: plain }
        : { key: endpointNumber(keyId), decode: Number };
    }
  }
}
