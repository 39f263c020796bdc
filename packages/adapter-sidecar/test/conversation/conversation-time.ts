import type { EventLog } from './event-log.ts';

/**
 * After so many turns of the event loop without an event, whatever was on its way has arrived: both ends of every
 * connection are in this process, and no name is looked up.
 */
const QUIET_TURNS = 100;
/** How long something may take that neither an event nor a pause announces, such as a retry, in milliseconds. */
const LONGEST_MS = 5_000;

interface Pause {
  readonly until: number;
  readonly end: () => void;
}

/** Time that passes only while nothing happens: pauses end in order, and no sooner than all that goes before them. */
export class ConversationTime {
  readonly #log: EventLog;
  readonly #pauses: Pause[] = [];
  #now = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  pause(ms: number): Promise<void> {
    return new Promise((end) => {
      this.#pauses.push({ until: this.#now + ms, end });
      this.#pauses.sort((a, b) => a.until - b.until);
    });
  }

  /** Lets time pass until something holds, or nothing is due any more. */
  async until(holds: () => boolean): Promise<void> {
    for (;;) {
      await this.#quiet();
      if (holds()) return;
      const next = this.#pauses.shift();
      if (next === undefined) {
        const before = this.#log.events.length;
        await this.#log.until(() => this.#log.events.length > before, LONGEST_MS);
        await this.#quiet();
        if (this.#log.events.length === before) return;
      } else {
        this.#now = next.until;
        next.end();
      }
    }
  }

  async #quiet(): Promise<void> {
    let seen = this.#log.events.length;
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#log.events.length === seen) continue;
      seen = this.#log.events.length;
      turns = 0;
    }
  }
}
