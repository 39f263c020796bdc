/** What happened in a conversation, in order. */
export class EventLog {
  readonly events: string[] = [];
  readonly #waiting = new Set<() => void>();

  add(event: string): void {
    this.events.push(event);
    this.look();
  }

  /** Has those that wait look again. */
  look(): void {
    for (const look of this.#waiting) look();
  }

  /** Waits until something holds, which is looked at after every event and at `look`. */
  until(holds: () => boolean, longestMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (holds()) end();
      };
      const timer = setTimeout(end, longestMs);
      this.#waiting.add(look);
      look();
    });
  }
}
