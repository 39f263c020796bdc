/** How long requests may wait. 0 is no limit. */
export interface WaitingLimits {
  /** While the pool is full. */
  readonly requestTtlMs: number;
  /** While it has no endpoint. */
  readonly noEndpointTtlMs: number;
}
