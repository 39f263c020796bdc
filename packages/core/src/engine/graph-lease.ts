import type { Graph } from './graph.ts';

/** A configuration with the calls that run on it. Retired when another took its place; over when its last call ends. */
export class GraphLease {
  readonly graph: Graph;
  #calls = 0;
  #onOver: (() => void) | undefined;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  enter(): void {
    this.#calls++;
  }

  leave(): void {
    this.#calls--;
    this.#check();
  }

  /** @param onOver runs once no call is left, at once when there is none now */
  retire(onOver: () => void): void {
    this.#onOver = onOver;
    this.#check();
  }

  #check(): void {
    if (this.#calls > 0 || this.#onOver === undefined) return;
    const onOver = this.#onOver;
    this.#onOver = undefined;
    onOver();
  }
}
