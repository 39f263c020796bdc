import { type JsonEdits, JsonObjectText } from '../json/json-object.ts';

/** Where a request says how long its answer may be. */
interface TokenLimits {
  /** A member that holds them; undefined for the request itself. */
  readonly inside?: string;
  /** The most tokens; the first is the one that is always understood. */
  readonly most: readonly string[];
  readonly least?: string;
}

const TOP_LEVEL: TokenLimits = { most: ['max_tokens', 'max_completion_tokens'], least: 'min_tokens' };

/** The paths whose requests are split into prefill and decode. */
const PATHS: ReadonlyMap<string, TokenLimits> = new Map([
  ['/v1/chat/completions', TOP_LEVEL],
  ['/v1/completions', TOP_LEVEL],
  ['/v1/messages', TOP_LEVEL],
  ['/v1/responses', { most: ['max_output_tokens'] }],
  ['/inference/v1/generate', { inside: 'sampling_params', most: ['max_tokens'], least: 'min_tokens' }],
]);

/** Which limits a prefill is given where the client gave none. */
export type AddedLimits = 'all' | 'most' | 'first';

/** Whether requests to a path are split. */
export function isSplit(path: string): boolean {
  return PATHS.has(path);
}

/**
 * What has a request generate one token and no more. Limits that are there become 1; `added` says which come where there are none.
 * The least is never left above the most, which model servers refuse.
 */
export function oneToken(body: JsonObjectText, path: string, added: AddedLimits): JsonEdits {
  const limits = PATHS.get(path) ?? TOP_LEVEL;
  const { inside } = limits;
  if (inside === undefined) return limitEdits(body, limits, added);
  const held = body.object(inside);
  const text = body.text(inside)?.toString('latin1');
  // Neither an object nor left out: the model server's to refuse.
  if (held === undefined && text !== undefined && text !== 'null') return {};
  const empty = held ?? JsonObjectText.of(Buffer.from('{}'))!;
  return { [inside]: empty.with(limitEdits(empty, limits, added)) };
}

function limitEdits(holder: JsonObjectText, { most, least }: TokenLimits, added: AddedLimits): JsonEdits {
  const edits: Record<string, string> = {};
  for (const [i, name] of most.entries()) {
    if (added !== 'first' || i === 0 || holder.has(name)) edits[name] = '1';
  }
  if (least !== undefined && (added === 'all' || Number(holder.text(least)?.toString('latin1')) > 1))
    edits[least] = '1';
  return edits;
}
