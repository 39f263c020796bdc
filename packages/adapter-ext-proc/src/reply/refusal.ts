/** An answer that the picker gives in place of a model server. */
export interface Refusal {
  /** HTTP status, 400 or more. */
  readonly refused: number;
  /** One sentence. Holds nothing of the inner state. */
  readonly message: string;
  /** Why the request was dropped, such as `rejected-saturated`; undefined when the request itself is wrong. */
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}
