import type { Random } from '@pointsman/core';
import { gauss } from '../engine/gauss.ts';

const MEAN_TOKENS = 40;
const STD_DEV_TOKENS = 20;
/** Chance that the length is in bucket 0, 0 or 1, and so on; else it is the limit itself. */
const BUCKETS = [0.2, 0.5, 0.7, 0.75, 0.85];
const BUCKET_WIDTH = 20;
/** Up to here all buckets have the same width. */
const EVEN_LIMIT = (BUCKETS.length - 1) * BUCKET_WIDTH + BUCKET_WIDTH + 1;
const FLEXIBLE_BUCKET = 3;

/**
 * Length of a random answer in tokens, distributed as in the reference simulator.
 * @param requested limit that the request gave
 * @param room tokens that the context has left, at least 1
 */
export function outputLength(requested: number | undefined, room: number, random: Random): number {
  if (requested === undefined) return freeLength(room, random);
  if (requested <= 1) return requested;
  if (requested <= BUCKETS.length + 1) return 1 + random.below(requested);
  const draw = random.next();
  const bucket = BUCKETS.findIndex((limit) => draw <= limit);
  if (bucket === -1) return requested;
  const [start, end] = bucketBounds(bucket, requested);
  const last = Math.max(start, Math.min(end, requested - 1));
  return start + random.below(last - start + 1);
}

function freeLength(room: number, random: Random): number {
  // A bounded number of draws: with little room most of them fail.
  for (let i = 0; i < 20; i++) {
    const length = Math.round(MEAN_TOKENS + STD_DEV_TOKENS * gauss(random));
    if (length >= 1 && length <= room) return length;
  }
  return Math.min(MEAN_TOKENS, room);
}

function bucketBounds(bucket: number, limit: number): [number, number] {
  if (limit <= EVEN_LIMIT) {
    const width = (limit - 1) / BUCKETS.length;
    return [Math.floor(width * bucket) + 1, Math.floor(width * (bucket + 1))];
  }
  const flexible = limit - (BUCKETS.length - 1) * BUCKET_WIDTH;
  const start = bucket <= FLEXIBLE_BUCKET ? bucket * BUCKET_WIDTH : FLEXIBLE_BUCKET * BUCKET_WIDTH + flexible;
  return [start + 1, start + (bucket === FLEXIBLE_BUCKET ? flexible : BUCKET_WIDTH)];
}
