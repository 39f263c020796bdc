import { readFileSync } from 'node:fs';
import { z } from 'zod';

const line = z.strictObject({
  timestamp: z.number().nonnegative(),
  input_length: z.int().positive(),
  output_length: z.int().nonnegative(),
  hash_ids: z.array(z.int().nonnegative()),
});

/** One request of a recorded workload. */
export interface TraceRequest {
  /** Milliseconds since the beginning of the trace. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Identities of the prompt's blocks of {@link TRACE_BLOCK_TOKENS} tokens; the last may be partial. */
  readonly blocks: readonly number[];
}

/** Prompt tokens in one block of a Mooncake trace. */
export const TRACE_BLOCK_TOKENS = 512;

/** Parses a trace in the format of Mooncake (FAST '25), one JSON object a line. @throws Error that names the line */
export function parseTrace(text: string): readonly TraceRequest[] {
  const requests: TraceRequest[] = [];
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue;
    try {
      const { timestamp, input_length, output_length, hash_ids } = line.parse(JSON.parse(row));
      requests.push({ atMs: timestamp, promptTokens: input_length, outputTokens: output_length, blocks: hash_ids });
    } catch (error) {
      throw new Error(`line ${index + 1} of the trace is no request: ${String(error)}`, { cause: error });
    }
  }
  return requests;
}

/** The slice of the Mooncake conversation trace that comes with this package. */
export function mooncakeSlice(): readonly TraceRequest[] {
  // `data/` stands beside `src/` and `dist/`; sources are one folder deeper than what is built from them.
  const packageRoot = import.meta.url.endsWith('.ts') ? '../../' : '../';
  const file = new URL(`${packageRoot}data/mooncake-conversation-slice.jsonl`, import.meta.url);
  return parseTrace(readFileSync(file, 'utf8'));
}
