import { z } from 'zod';
import { embedding } from '../model/embedding.ts';
import { tokenIds } from '../model/tokenize.ts';
import { ApiError } from './api-error.ts';
import { parseFields, wholeNumber } from './request-fields.ts';
import { sendJson } from './send.ts';
import type { SimCall } from './sim-call.ts';

const fieldsOfEmbeddings = z.looseObject({
  model: z.string().nullish(),
  input: z.unknown().optional(),
  dimensions: wholeNumber,
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

/** `POST /v1/embeddings`. Takes no time and no place in the engine. */
export function embeddings({ body, response, context }: SimCall): void {
  const fields = parseFields(fieldsOfEmbeddings, body);
  const inputs = readInputs(fields.input);
  const { displayed } = context.models.find(fields.model ?? '');
  const dimensions = fields.dimensions ?? context.options.defaultEmbeddingDimensions;
  if (dimensions < 1) throw new ApiError(400, 'dimensions must be at least 1');
  const tokens = inputs.reduce((sum, input) => sum + input.length, 0);
  sendJson(response, 200, {
    object: 'list',
    data: inputs.map((input, index) => {
      const values = embedding(input, dimensions);
      const encoded = fields.encoding_format === 'base64' ? base64(values) : values;
      return { object: 'embedding', index, embedding: encoded };
    }),
    model: displayed,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

function readInputs(input: unknown): Uint32Array[] {
  const list: readonly unknown[] = typeof input === 'string' ? [input] : Array.isArray(input) ? input : [];
  if (list.length > 0 && list.every((each) => typeof each === 'number')) return [Uint32Array.from(list)];
  const isList = list.length > 0 && list.every((each) => typeof each === 'string' || Array.isArray(each));
  if (!isList) throw new ApiError(400, 'input is required and must be a non-empty string or array');
  return list.map((each) => {
    if (each === '') throw new ApiError(400, 'input cannot be an empty string');
    return typeof each === 'string' ? tokenIds(each) : Uint32Array.from(each as number[]);
  });
}

/** 32-bit floats, little endian, as the official clients ask for. */
function base64(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes.toString('base64');
}
