/** Looks without a sign of life before the other side is asked for one. */
const PATIENT_LOOKS = 3;
/** Looks without one until it is given up. */
const LAST_LOOK = 5;

/** Finds out whether the other side of a connection is still there, by looking at equal intervals. */
export class Liveness {
  #isHeard = false;
  #quietLooks = 0;

  /** A sign of life. */
  heard(): void {
    this.#isHeard = true;
  }

  /** @returns whether to `ask` it for a sign of life, or to give up */
  look(): 'alive' | 'ask' | 'gone' {
    if (this.#isHeard) {
      this.#isHeard = false;
      this.#quietLooks = 0;
      return 'alive';
    }
    this.#quietLooks++;
    if (this.#quietLooks >= LAST_LOOK) return 'gone';
    return this.#quietLooks === PATIENT_LOOKS ? 'ask' : 'alive';
  }
}
