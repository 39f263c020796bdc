import type { EndpointSpec, GivenDatum, RequestInput } from '@pointsman/core';
import { requestValue, tokenizedPrompt } from '@pointsman/core';
import { z } from 'zod';
import { attributeKey, type RecordedAttribute } from './attribute-keys.ts';
import { metricValues, recordedMetrics } from './recorded-metrics.ts';
import { packTokens } from './token-runs.ts';

/** A number, or the text that stands for one which JSON cannot hold. */
const anyNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform((text) => Number(text))]);

const attributeValue: z.ZodType<RecordedAttribute> = z.union([anyNumber, z.record(z.string(), z.unknown())]);

/** An endpoint as it was at one moment. */
export const recordedEndpoint = z.strictObject({
  /** `namespace/name`, unique. */
  id: z.string().min(1),
  address: z.string().min(1).optional(),
  port: z.coerce.number().int().min(1).max(65_535).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  metrics: recordedMetrics.optional(),
  /** Data by key id, `dataType/producer`. */
  attributes: z.record(z.string(), attributeValue).optional(),
});

/** A request as it was recorded. */
export const recordedRequest = z.strictObject({
  requestId: z.string().optional(),
  targetModel: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  priority: z.number().int().optional(),
  maxOutputTokens: z.number().int().nullable().optional(),
  stream: z.boolean().optional(),
  /** Path of the HTTP request, with `body`. */
  path: z.string().optional(),
  /** Body of the HTTP request, as text or as JSON. */
  body: z.unknown().optional(),
  tokenized: z
    .strictObject({
      prompts: z.array(
        z.strictObject({
          tokenCount: z.number().int().nonnegative().optional(),
          /** Runs of consecutive token ids: [first, count]. */
          tokens: z.array(z.tuple([z.number().int(), z.number().int().nonnegative()])).optional(),
          multimodal: z
            .array(z.strictObject({ modality: z.string(), hash: z.string(), offset: z.number(), length: z.number() }))
            .optional(),
        }),
      ),
      cacheSalt: z.string().optional(),
    })
    .optional(),
  attributes: z
    .array(z.strictObject({ dataType: z.string(), producer: z.string().optional(), value: z.unknown() }))
    .optional(),
  peerEndpoint: z.unknown().optional(),
});

export type RecordedEndpoint = z.input<typeof recordedEndpoint>;
export type RecordedRequest = z.input<typeof recordedRequest>;

/** The endpoint as an endpoint source would give it. Addresses that do not matter are made up. */
export function endpointSpecOf(recorded: RecordedEndpoint, index: number): EndpointSpec {
  return {
    id: recorded.id,
    address: recorded.address ?? `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    port: Number(recorded.port ?? 8000),
    labels: recorded.labels ?? {},
  };
}

/** Endpoint data to write into a pool before the request, as [key, value]. */
export function endpointDataOf(recorded: RecordedEndpoint): readonly GivenDatum[] {
  const data: GivenDatum[] = [...metricValues(recorded.metrics ?? {})];
  for (const [id, value] of Object.entries(recorded.attributes ?? {})) {
    const { key, decode } = attributeKey(id, value as RecordedAttribute);
    if (key.scope === 'endpoint') data.push({ key, value: decode(value as RecordedAttribute) });
  }
  return data;
}

/** Candidate data that comes with the request. */
export function candidateDataOf(recorded: RecordedEndpoint): readonly GivenDatum[] {
  const data: GivenDatum[] = [];
  for (const [id, value] of Object.entries(recorded.attributes ?? {})) {
    const { key, decode } = attributeKey(id, value as RecordedAttribute);
    if (key.scope === 'candidate') {
      data.push({ key, endpoint: recorded.id, value: decode(value as RecordedAttribute) });
    }
  }
  return data;
}

/** The request as an adapter would give it. */
export function requestInputOf(recorded: RecordedRequest): RequestInput {
  const targetModel = recorded.targetModel ?? '';
  return {
    ...(recorded.requestId === undefined ? {} : { id: recorded.requestId }),
    model: targetModel,
    targetModel,
    headers: recorded.headers ?? {},
    priority: recorded.priority ?? 0,
    maxOutputTokens: recorded.maxOutputTokens ?? undefined,
    stream: recorded.stream ?? false,
    path: recorded.path ?? '',
  };
}

/** Request data that comes with the request. */
export function requestDataOf(recorded: RecordedRequest): readonly GivenDatum[] {
  const data: GivenDatum[] = [];
  if (recorded.tokenized !== undefined) {
    const prompts = recorded.tokenized.prompts.map((prompt) => {
      const packed =
        prompt.tokens === undefined ? new Uint8Array(4 * (prompt.tokenCount ?? 0)) : packTokens(prompt.tokens);
      return { packed, count: packed.length / 4, multimodal: prompt.multimodal ?? [] };
    });
    data.push({ key: tokenizedPrompt, value: { prompts, cacheSalt: recorded.tokenized.cacheSalt ?? '' } });
  }
  for (const { dataType, producer, value } of recorded.attributes ?? []) {
    const id = producer === undefined || producer === '' ? dataType : `${dataType}/${producer}`;
    data.push({ key: requestValue<unknown>()(id), value });
  }
  return data;
}
