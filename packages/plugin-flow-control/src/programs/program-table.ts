import type { Clock, Release, Usage } from '@pointsman/core';
import type { FlowObserver } from '../flow-observer.ts';
import { Program } from './program.ts';
import type { ProgramParams } from './program-params.ts';

/** An output token counts as two of the prompt. */
const [PROMPT_WEIGHT, OUTPUT_WEIGHT] = [1, 2];

/** Clients make fairness ids up: beyond so many, the programs that came longest ago are forgotten. */
const MOST_PROGRAMS = 10_000;

/** What each program, by its fairness id, has got from the pool so far, over all bands. */
export class ProgramTable {
  readonly #clock: Clock;
  readonly #observer: FlowObserver;
  /** Whose requests came longest ago is first. */
  readonly #programs = new Map<string, Program>();
  #params: ProgramParams;
  #sweptAt: number;
  /** Of average waits, and of their squares. */
  #sum = 0;
  #squares = 0;

  constructor(clock: Clock, observer: FlowObserver, params: ProgramParams) {
    this.#clock = clock;
    this.#observer = observer;
    this.#params = params;
    this.#sweptAt = clock.now();
  }

  get params(): ProgramParams {
    return this.#params;
  }

  configure(params: ProgramParams): void {
    this.#params = params;
  }

  get size(): number {
    return this.#programs.size;
  }

  /** Tokens that a program has got, those of old counting less. */
  serviceOf(id: string, now: number): number {
    return this.#programs.get(id)?.service(now, this.#halfLifeMs) ?? 0;
  }

  /** How alike the average waits of programs are: 1 when they are the same, less down to 1/n the more they differ (Jain). */
  get fairness(): number {
    const n = this.#programs.size;
    // Sums of what came and went may end a little beside 0.
    return n < 2 || this.#squares <= 1e-9 ? 1 : Math.min(1, this.#sum ** 2 / (n * this.#squares));
  }

  /**
   * A request of a program has got its place.
   * @param waitedMs how long it waited for it; undefined when that counts already, because it had another place before
   * @returns what to call when it gives it back
   */
  placed(id: string, waitedMs: number | undefined): Release {
    const now = this.#clock.now();
    this.#sweep(now);
    const program = this.#programOf(id, now);
    program.inFlight++;
    if (waitedMs !== undefined) {
      this.#count(program, -1);
      program.waited(Math.trunc(waitedMs));
      this.#count(program, 1);
      this.#observer.programWaited(id, program.averageWaitMs, this.fairness);
    }
    return () => {
      program.inFlight--;
      program.lastEndAt = this.#clock.now();
    };
  }

  /** A request of a program has ended. */
  served(id: string, { promptTokens, outputTokens }: Usage): void {
    const now = this.#clock.now();
    const program = this.#programOf(id, now);
    program.got(PROMPT_WEIGHT * promptTokens + OUTPUT_WEIGHT * outputTokens, now, this.#halfLifeMs);
    this.#observer.programServed(id, program.service(now, this.#halfLifeMs));
  }

  get #halfLifeMs(): number {
    return this.#params.lasHalfLifeSeconds * 1000;
  }

  #programOf(id: string, now: number): Program {
    let program = this.#programs.get(id);
    if (program === undefined) {
      if (this.#programs.size >= MOST_PROGRAMS) this.#forgetOne();
      program = new Program(id, now);
    } else this.#programs.delete(id);
    this.#programs.set(id, program);
    return program;
  }

  /** The one of which nothing runs whose requests came longest ago. */
  #forgetOne(): void {
    for (const program of this.#programs.values()) {
      if (program.inFlight > 0) continue;
      this.#forget(program);
      return;
    }
  }

  #sweep(now: number): void {
    const { evictionSweepSeconds, evictionTtlSeconds } = this.#params;
    if (evictionTtlSeconds === 0 || now - this.#sweptAt < evictionSweepSeconds * 1000) return;
    this.#sweptAt = now;
    for (const program of this.#programs.values()) {
      if (program.inFlight === 0 && now - program.lastEndAt >= evictionTtlSeconds * 1000) this.#forget(program);
    }
  }

  #forget(program: Program): void {
    this.#programs.delete(program.id);
    this.#count(program, -1);
    this.#observer.programWaited(program.id, 0, this.fairness);
    this.#observer.programServed(program.id, 0);
  }

  #count({ averageWaitMs }: Program, sign: 1 | -1): void {
    this.#sum += sign * averageWaitMs;
    this.#squares += sign * averageWaitMs ** 2;
  }
}
