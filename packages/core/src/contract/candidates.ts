import type { Endpoint } from './endpoint.ts';

/** Endpoints that are still in the running, in pool order. Valid during the call that receives it. */
export interface Candidates {
  readonly length: number;
  /** Column row of each candidate, `rows[0..length)`. The array may be longer. */
  readonly rows: Int32Array;
  /** @param index 0..length-1 */
  endpoint(index: number): Endpoint;
}
