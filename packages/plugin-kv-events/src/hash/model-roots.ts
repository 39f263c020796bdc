/** So many models and adapters are remembered: engines name them, so there could be any number. */
const REMEMBERED = 256;

/** The keys that chains begin with, by the name of the model. */
export class ModelRoots {
  readonly #compute: (model: string, out: Int32Array) => void;
  readonly #roots = new Map<string, Int32Array>();

  constructor(compute: (model: string, out: Int32Array) => void) {
    this.#compute = compute;
  }

  of(model: string): Int32Array {
    let root = this.#roots.get(model);
    if (root === undefined) {
      root = new Int32Array(2);
      this.#compute(model, root);
      if (this.#roots.size >= REMEMBERED) this.#roots.clear();
      this.#roots.set(model, root);
    }
    return root;
  }
}
