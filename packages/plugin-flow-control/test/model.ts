/** A waiting request, as the model knows it. */
interface Waiting {
  readonly id: string;
  readonly priority: number;
  readonly flow: string;
  readonly bytes: number;
  readonly since: number;
  /** Under which limits of time it came. */
  limits?: ModelLimits;
}

export interface ModelLimits {
  readonly maxRequests: number;
  readonly bandRequests: number;
  readonly bandBytes: number;
  readonly ttlMs: number;
  readonly noEndpointTtlMs: number;
}

/** Flow control by the book: plain lists that are searched from end to end. */
export class FlowModel {
  readonly states = new Map<string, string>();
  readonly order: string[] = [];
  capacity: number;
  #limits: ModelLimits;
  #isRoundRobin: boolean;
  #waiting: Waiting[] = [];
  /** Flows of each priority in the order of their turns. */
  readonly #rounds = new Map<number, string[]>();
  #running = 0;
  #endpoints: number;
  #turnedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: ModelLimits, isRoundRobin: boolean, capacity: number, endpoints: number) {
    this.#limits = limits;
    this.#isRoundRobin = isRoundRobin;
    this.capacity = capacity;
    this.#endpoints = endpoints;
  }

  arrive(request: Waiting): void {
    const { maxRequests, bandRequests, bandBytes } = this.#limits;
    const band = this.#waiting.filter(({ priority }) => priority === request.priority);
    const bytes = band.reduce((sum, each) => sum + each.bytes, request.bytes);
    if (this.#waiting.length + 1 > maxRequests || band.length + 1 > bandRequests || bytes > bandBytes) {
      this.states.set(request.id, this.#endpoints === 0 ? 'rejected-no-endpoints' : 'rejected-saturated');
      return;
    }
    this.#waiting.push({ ...request, limits: this.#limits });
    this.states.set(request.id, 'waiting');
    const round = this.#roundOf(request.priority);
    if (!round.includes(request.flow)) round.push(request.flow);
    this.#letIn();
  }

  /** Another configuration comes to work. */
  reload(limits: ModelLimits, isRoundRobin: boolean): void {
    if (!this.#isRoundRobin) {
      // Flows that were one queue take turns in the order in which they would have been served.
      this.#rounds.clear();
      for (const { priority, flow } of this.#waiting) {
        const round = this.#roundOf(priority);
        if (!round.includes(flow)) round.push(flow);
      }
    }
    this.#limits = limits;
    this.#isRoundRobin = isRoundRobin;
    this.#letIn();
  }

  leave(id: string): void {
    const state = this.states.get(id);
    if (state === 'waiting') this.#remove(id, 'ABORTED');
    else if (state === 'running') this.end(id);
  }

  end(id: string): void {
    this.states.set(id, 'ended');
    this.#running--;
    this.#letIn();
  }

  setEndpoints(count: number, now: number): void {
    if ((count === 0) !== (this.#endpoints === 0) && this.#waiting.length > 0) this.#turnedAt = now;
    this.#endpoints = count;
    this.#letIn();
  }

  setCapacity(capacity: number): void {
    this.capacity = capacity;
    this.#letIn();
  }

  /** Time has passed until now. */
  passUntil(now: number): void {
    const isEmpty = this.#endpoints === 0;
    for (const { id, since, limits } of [...this.#waiting]) {
      const { ttlMs, noEndpointTtlMs } = limits!;
      const budget = isEmpty ? noEndpointTtlMs : ttlMs;
      const most = Math.max(ttlMs, noEndpointTtlMs) + 2000;
      const due = Math.min(Math.max(since, this.#turnedAt) + budget, since + most);
      if (due <= now) this.#remove(id, isEmpty ? 'rejected-no-endpoints' : 'rejected-ttl-expired');
    }
  }

  #letIn(): void {
    while (this.#running < this.capacity && this.#endpoints > 0 && this.#waiting.length > 0) {
      const priority = Math.max(...this.#waiting.map((each) => each.priority));
      const band = this.#waiting.filter((each) => each.priority === priority);
      const round = this.#roundOf(priority);
      const next = this.#isRoundRobin ? band.find(({ flow }) => flow === round[0])! : band[0]!;
      round.splice(round.indexOf(next.flow), 1);
      round.push(next.flow);
      this.#remove(next.id, 'running');
      this.order.push(next.id);
      this.#running++;
    }
  }

  #remove(id: string, state: string): void {
    const gone = this.#waiting.find((each) => each.id === id)!;
    this.#waiting = this.#waiting.filter((each) => each !== gone);
    this.states.set(id, state);
    const isLast = !this.#waiting.some(({ priority, flow }) => priority === gone.priority && flow === gone.flow);
    const round = this.#roundOf(gone.priority);
    if (isLast) round.splice(round.indexOf(gone.flow), 1);
  }

  #roundOf(priority: number): string[] {
    const round = this.#rounds.get(priority) ?? [];
    this.#rounds.set(priority, round);
    return round;
  }
}
