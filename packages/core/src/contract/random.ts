/** The only source of chance. Seeded by the engine for each decision, so that a decision can be replayed. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, bound). `bound` is at least 1. */
  below(bound: number): number;
}
