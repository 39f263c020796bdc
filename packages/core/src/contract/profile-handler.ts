import type { Cycle, Keys, RequestKeysOf } from './cycle.ts';
import type { WrittenValueOf } from './data-key.ts';
import type { Endpoint } from './endpoint.ts';

/** What one profile chose. */
export interface ProfileResult {
  readonly profile: string;
  readonly target: Endpoint;
  /** Everything that the picker named, target first. */
  readonly picked: readonly Endpoint[];
  /** Weighted total of the target. */
  readonly score: number;
}

/** Runs a profile over all candidates. Undefined when its filters left none. */
export type RunProfile = (profile: string) => ProfileResult | undefined;

/** What a profile handler decided. */
export interface HandlerResult {
  /** Whose target serves the request. Must come from `run`. */
  readonly primary: ProfileResult;
  /** Other endpoints that take part, by role, such as `prefill`. */
  readonly companions?: Readonly<Record<string, ProfileResult>>;
  /**
   * Port to which the request goes in place of the target's own, at the same address: where one listener serves several
   * endpoints of a machine. 1..65535.
   */
  readonly port?: number | undefined;
}

/** A cycle in the hands of a profile handler. */
export interface HandlerCycle<R extends Keys = Keys, W extends Keys = Keys> extends Cycle<R> {
  /** Names of all profiles, in configured order. */
  readonly profiles: readonly string[];
  /** Writes request data for the profiles that run next. Only keys that the plugin declared to write. */
  set<K extends RequestKeysOf<W>>(key: K, value: WrittenValueOf<K>): void;
}

/** Decides which profiles run for a request, as straight-line code over `run`. */
export interface ProfileHandler<R extends Keys = Keys, W extends Keys = Keys> {
  /** Answers undefined when no profile found an endpoint. */
  handle(cycle: HandlerCycle<R, W>, run: RunProfile): HandlerResult | undefined;
}
