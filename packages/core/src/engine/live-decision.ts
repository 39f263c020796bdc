import type { DecisionDraft } from '../contract/decision.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { PointsmanError, type Rejection } from '../contract/errors.ts';
import type { Explanation } from '../contract/explanation.ts';
import { explain } from '../explain/explain.ts';
import type { RequestCycle } from './cycle.ts';
import { decisionId } from './decision-record.ts';
import { onPort } from './endpoint-table.ts';
import type { Handled } from './handle-profiles.ts';

const NOBODY: readonly Endpoint[] = Object.freeze([]);
const NONE: Readonly<Record<string, never>> = Object.freeze({});

/** The decision of one call. */
export class LiveDecision implements DecisionDraft {
  readonly requestId: string;
  readonly pool: string;
  readonly primaryProfile: string;
  readonly results: DecisionDraft['results'];
  readonly companions: Readonly<Record<string, Endpoint>>;
  target: Endpoint;
  fallbacks: readonly Endpoint[];
  attempt = 1;
  /** Who can give it up. */
  call: { evict(why: Rejection): boolean } | undefined;
  #headers: Record<string, string> | undefined;
  readonly #cycle: RequestCycle;
  readonly #port: number | undefined;

  constructor(cycle: RequestCycle, handled: Handled, pool: string) {
    this.requestId = cycle.request.id;
    this.pool = pool;
    this.primaryProfile = handled.primary.profile;
    this.results = handled.runs;
    this.#port = handled.port;
    const { target, picked } = handled.primary;
    this.target = this.asForwarded(target);
    this.fallbacks = picked.length > 1 ? picked.slice(1).map((endpoint) => this.asForwarded(endpoint)) : NOBODY;
    this.companions = handled.companions;
    this.#cycle = cycle;
  }

  get id(): string {
    return decisionId(this.pool, this.#cycle.sequence);
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#headers ?? NONE;
  }

  setHeader(name: string, value: string): void {
    this.#headers ??= {};
    this.#headers[name.toLowerCase()] = value;
  }

  evict(why: Rejection): boolean {
    return this.call?.evict(why) === true;
  }

  /** The endpoint with the port to which requests for it go. */
  asForwarded(endpoint: Endpoint): Endpoint {
    return this.#port === undefined ? endpoint : onPort(endpoint, this.#port);
  }

  /** Forgets the headers of the attempt that failed. */
  moveTo(target: Endpoint, fallbacks: readonly Endpoint[]): void {
    this.target = target;
    this.fallbacks = fallbacks;
    this.attempt++;
    this.#headers = undefined;
  }

  explain(): Explanation {
    const record = this.#cycle.liveRecord;
    if (record === undefined) {
      throw new PointsmanError('EXPLANATION_EXPIRED', `decision ${this.id} is no longer remembered`, {
        hint: 'Explain it sooner, or raise recent.decisions or recent.bytes.',
      });
    }
    return explain(record);
  }
}
