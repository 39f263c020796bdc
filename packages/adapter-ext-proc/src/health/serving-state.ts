/** The services whose health can be asked, and what their answer follows. */
const SERVICES: Readonly<Record<string, 'live' | 'ready'>> = {
  '': 'ready',
  readiness: 'ready',
  'envoy.service.ext_proc.v3.ExternalProcessor': 'ready',
  // What the charts of the Gateway API Inference Extension ask for.
  'inference-extension': 'ready',
  liveness: 'live',
};

export const HEALTH_SERVICES: readonly string[] = Object.keys(SERVICES);

/**
 * Whether a picker can be given requests. It is ready from `ready()` on until `drain()`; it is live as long as it answers
 * at all, also before its endpoints are known and while it drains.
 */
export class ServingState {
  #isReady = false;
  #isDraining = false;
  readonly #listeners = new Set<() => void>();

  get isReady(): boolean {
    return this.#isReady && !this.#isDraining;
  }

  /** Endpoints and data are there. */
  ready(): void {
    this.#isReady = true;
    this.#tell();
  }

  /** It still serves, but no new work should come. For good. */
  drain(): void {
    this.#isDraining = true;
    this.#tell();
  }

  /** @returns undefined for a service that does not exist */
  isServing(service: string): boolean | undefined {
    if (!Object.hasOwn(SERVICES, service)) return undefined;
    return SERVICES[service] === 'live' || this.isReady;
  }

  /** @returns a function that ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
