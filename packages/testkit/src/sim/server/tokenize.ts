import { z } from 'zod';
import { tokenIds } from '../model/tokenize.ts';
import { parseFields } from './request-fields.ts';
import type { PlainCall } from './routes.ts';
import { sendJson } from './send.ts';

const tokenizeFields = z.looseObject({ prompt: z.string().nullish() });

/** `POST /tokenize` */
export function tokenize({ body, response, context }: PlainCall): void {
  const { prompt } = parseFields(tokenizeFields, body);
  const tokens = tokenIds(prompt ?? '');
  sendJson(response, 200, {
    max_model_len: context.options.maxModelLen,
    count: tokens.length,
    tokens: [...tokens],
    token_strs: null,
  });
}
