import type { Call } from '../contract/call.ts';
import type { Clock } from '../contract/clock.ts';
import { PointsmanError } from '../contract/errors.ts';
import type { SchedulerEvents } from '../contract/events.ts';
import type { InferenceRequest } from '../contract/request.ts';
import type { ScheduleOptions } from '../contract/scheduler.ts';
import { runAdmit } from './admit.ts';
import { RequestCycle } from './cycle.ts';
import { DryCall } from './dry-call.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { Faults } from './faults.ts';
import type { GraphLease } from './graph-lease.ts';
import { handleProfiles } from './handle-profiles.ts';
import { type CallOwner, LiveCall } from './live-call.ts';
import { LiveDecision } from './live-decision.ts';
import type { OpenCalls } from './open-calls.ts';
import { runPreCall } from './pre-call.ts';
import { runPrepare } from './prepare.ts';
import type { RecentDecisions } from './recent-decisions.ts';
import type { SafeEvents } from './safe-events.ts';
import { seedOf } from './seeded-random.ts';
import { WaitingRequests } from './waiting-requests.ts';

const PRE_CALL = 0;
const ADMIT = 1;
const PREPARE = 2;
const POST_CHOICE = 7;
/** The stages that may have to be waited for, in order. */
const WAITING_STAGES = [PRE_CALL, ADMIT, PREPARE] as const;
type WaitingStage = (typeof WAITING_STAGES)[number];

/** What a placement needs of its pool. */
export interface PlacementOptions {
  readonly pool: string;
  readonly seed: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly table: EndpointTable;
  readonly events: SafeEvents<SchedulerEvents>;
  readonly recent: RecentDecisions;
  readonly open: OpenCalls;
  readonly owner: CallOwner;
}

/** The way of requests through the stages, from preCall to the reservation. */
export class Placement {
  readonly #pool: PlacementOptions;
  readonly #waiting: WaitingRequests;
  readonly #seed: number;
  #sequence = 0;
  #isClosed = false;

  constructor(pool: PlacementOptions) {
    this.#pool = pool;
    this.#waiting = new WaitingRequests(pool.pool);
    this.#seed = seedOf(pool.seed);
  }

  /** @param lease the configuration that decides; held until the call ends */
  place(request: InferenceRequest, options: ScheduleOptions, lease: GraphLease): Promise<Call> {
    const { clock, pool, recent, seed, table } = this.#pool;
    const { signal, dryRun: isDryRun = false } = options;
    const record = recent.take();
    const now = clock.now();
    // A dry run has the number, and so the luck, of the decision that comes next.
    const sequence = isDryRun ? this.#sequence + 1 : ++this.#sequence;
    const cycle = new RequestCycle(request, sequence, now, this.#seed, lease.graph, table, record, isDryRun);
    record.begin(sequence, pool, seed, request.id, request.model, now);
    lease.enter();
    try {
      if (options.given !== undefined) this.#give(cycle, options.given);
      if (signal?.aborted === true) throw new PointsmanError('ABORTED', 'the caller gave up before scheduling');
      for (const stage of WAITING_STAGES) {
        const pending = this.#run(stage, cycle, signal);
        if (pending !== undefined) return this.#decideLater(pending, stage, cycle, lease, signal);
      }
      return Promise.resolve(this.#decide(cycle, lease, signal));
    } catch (error) {
      return Promise.reject(this.#turnAway(cycle, lease, error));
    }
  }

  /** Sends away the requests that wait for plugins. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.close();
  }

  #give(cycle: RequestCycle, given: NonNullable<ScheduleOptions['given']>): void {
    for (const datum of given) {
      if (datum.key.scope === 'request') cycle.set(datum.key, datum.value);
      else if ('endpoint' in datum) {
        const endpoint = this.#pool.table.byId(datum.endpoint);
        if (endpoint !== undefined) cycle.writableRows(datum.key.id)?.set(endpoint.row, datum.value);
      }
    }
    for (const datum of given) cycle.pin(datum.key);
  }

  /** @returns a promise only when a plugin takes its time */
  #run(stage: WaitingStage, cycle: RequestCycle, signal: AbortSignal | undefined): Promise<void> | undefined {
    // A stage that nobody takes part in is not timed: reading the clock costs more than the stage.
    if (!takesPart(stage, cycle)) return undefined;
    const { clock } = this.#pool;
    const before = clock.now();
    const pending = this.#begin(stage, cycle, signal);
    if (pending !== undefined) return pending.then(() => cycle.record.addTiming(stage, clock.now() - before));
    cycle.record.addTiming(stage, clock.now() - before);
    return undefined;
  }

  #begin(stage: WaitingStage, cycle: RequestCycle, signal: AbortSignal | undefined): Promise<void> | undefined {
    const { clock, faults } = this.#pool;
    switch (stage) {
      case PRE_CALL:
        return runPreCall(cycle, faults, clock);
      case ADMIT:
        return runAdmit(cycle, faults);
      case PREPARE:
        return runPrepare(cycle, faults, clock, signal);
    }
  }

  async #decideLater(
    waiting: Promise<void>,
    stage: WaitingStage,
    cycle: RequestCycle,
    lease: GraphLease,
    signal: AbortSignal | undefined,
  ): Promise<Call> {
    try {
      await this.#waiting.wait(waiting, cycle, signal);
      for (const next of WAITING_STAGES) {
        if (next <= stage) continue;
        cycle.refreshSnapshot();
        const pending = this.#run(next, cycle, signal);
        if (pending !== undefined) await this.#waiting.wait(pending, cycle, signal);
      }
      if (signal?.aborted === true) throw new PointsmanError('ABORTED', 'the caller gave up before a decision');
      if (this.#isClosed) throw new PointsmanError('CLOSED', `pool "${this.#pool.pool}" was shut down`);
      cycle.refreshSnapshot();
      return this.#decide(cycle, lease, signal);
    } catch (error) {
      throw this.#turnAway(cycle, lease, error);
    }
  }

  /** The synchronous part, from the candidates to the reservation. Nothing else runs in between. */
  #decide(cycle: RequestCycle, lease: GraphLease, signal: AbortSignal | undefined): Call {
    const { clock, events, faults, open, owner, pool, recent } = this.#pool;
    const { request, record } = cycle;
    if (cycle.considered.endpoints.length === 0) {
      const which =
        request.subset === undefined ? `pool "${pool}" has no endpoint` : 'no endpoint is in the requested subset';
      throw new PointsmanError('NO_ENDPOINTS', which, { reason: 'rejected-no-endpoints' });
    }
    const handled = handleProfiles(cycle, faults, clock);
    const decision = new LiveDecision(cycle, handled, pool);
    record.isDecided = true;
    record.primaryProfile = decision.primaryProfile;
    for (let i = 0; i < decision.fallbacks.length; i++) record.fallbacks.push(decision.fallbacks[i]!);
    for (const role in decision.companions) {
      record.companions.push({ role, endpoint: decision.companions[role]!.id });
    }
    if (cycle.isDryRun) {
      record.attempts.push(decision.target);
      cycle.releaseCandidates();
      lease.leave();
      return new DryCall(decision);
    }
    const isTimed = cycle.graph.postChoice.length > 0;
    const before = isTimed ? clock.now() : 0;
    const call = new LiveCall(owner, cycle, lease, decision, handled.primary);
    if (isTimed) record.addTiming(POST_CHOICE, clock.now() - before);
    cycle.settle();
    recent.remember(record);
    open.add(call);
    if (signal !== undefined) call.endOnAbort(signal);
    events.emit('decision', decision, request);
    return call;
  }

  #turnAway(cycle: RequestCycle, lease: GraphLease, error: unknown): PointsmanError {
    const known = PointsmanError.is(error)
      ? error
      : new PointsmanError('PLUGIN_FAILED', `scheduling failed: ${String(error)}`, { cause: error });
    cycle.settle();
    cycle.releaseCandidates();
    this.#pool.recent.dismiss(cycle.record);
    lease.leave();
    if (!cycle.isDryRun) {
      this.#pool.events.emit('rejected', { pool: this.#pool.pool, request: cycle.request, error: known });
    }
    return known;
  }
}

function takesPart(stage: WaitingStage, { graph, isDryRun }: RequestCycle): boolean {
  switch (stage) {
    case PRE_CALL:
      return graph.preCall.length > 0;
    case ADMIT:
      return graph.admit.length > 0 && !isDryRun;
    case PREPARE:
      return graph.prepare.length > 0;
  }
}
