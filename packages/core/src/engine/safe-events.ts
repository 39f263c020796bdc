import { EventEmitter } from 'eventemitter3';
import type { Listenable } from '../contract/events.ts';

type Listener = (...args: unknown[]) => void;

/** An emitter whose listeners cannot do harm: each is called after the caller is done, and what it throws is reported. */
export class SafeEvents<Events extends { [E in keyof Events]: unknown[] }> implements Listenable<Events> {
  readonly #emitter = new EventEmitter();
  readonly #guards = new WeakMap<Listener, Listener>();
  readonly #onError: (event: string, error: unknown) => void;

  constructor(onError: (event: string, error: unknown) => void) {
    this.#onError = onError;
  }

  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    this.#emitter.on(event as string, this.#guard(event as string, listener as unknown as Listener));
    return this;
  }

  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    this.#emitter.once(event as string, this.#guard(event as string, listener as unknown as Listener));
    return this;
  }

  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    const guarded = this.#guards.get(listener as unknown as Listener);
    if (guarded !== undefined) this.#emitter.off(event as string, guarded);
    return this;
  }

  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    if (this.#emitter.listenerCount(event as string) === 0) return;
    queueMicrotask(() => this.#emitter.emit(event as string, ...args));
  }

  #guard(event: string, listener: Listener): Listener {
    let guarded = this.#guards.get(listener);
    if (guarded === undefined) {
      guarded = (...args) => {
        try {
          listener(...args);
        } catch (error) {
          this.#onError(event, error);
        }
      };
      this.#guards.set(listener, guarded);
    }
    return guarded;
  }
}
