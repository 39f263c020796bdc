/** The only source of time for the engine and for plugins: wall time in production, virtual time in a simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may have a fraction. */
  now(): number;
  /** Runs `fn` once after `delayMs` milliseconds. Returns a function that cancels it. */
  schedule(delayMs: number, fn: () => void): () => void;
}
