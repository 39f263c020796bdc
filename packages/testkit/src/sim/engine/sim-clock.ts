/** What the engine model knows of time: wall time in a server, virtual time in a simulation. Core's `Clock` fits. */
export interface SimClock {
  /** Milliseconds. */
  now(): number;
  /** Runs `fn` once after `delayMs`. Returns a function that cancels it. */
  schedule(delayMs: number, fn: () => void): () => void;
}
