import type { Decision } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import type { PointsmanError } from './errors.ts';
import type { Outcome } from './outcome.ts';
import type { InferenceRequest } from './request.ts';

/** What a scheduler tells whoever listens. Listening cannot change or slow a decision. */
export interface SchedulerEvents {
  decision: [decision: Decision, request: InferenceRequest];
  rejected: [
    event: {
      readonly pool: string;
      readonly request: InferenceRequest;
      readonly error: PointsmanError;
    },
  ];
  retried: [
    event: {
      readonly decision: Decision;
      readonly from: Endpoint;
      readonly why: string;
    },
  ];
  ended: [decision: Decision, outcome: Outcome, request: InferenceRequest];
  'endpoint:added': [event: { readonly pool: string; readonly endpoint: Endpoint }];
  'endpoint:removed': [event: { readonly pool: string; readonly endpoint: Endpoint }];
  fault: [
    event: {
      readonly pool: string;
      readonly plugin: string;
      readonly stage: string;
      /** What the call was about, where it was about one endpoint: `extract`, `endpointAdded`, `endpointRemoved`. */
      readonly endpoint: Endpoint | undefined;
      readonly error: unknown;
    },
  ];
  'poll:failed': [
    event: {
      readonly pool: string;
      readonly fetcher: string;
      readonly endpoint: Endpoint;
      readonly error: unknown;
    },
  ];
  'poll:recovered': [
    event: {
      readonly pool: string;
      readonly fetcher: string;
      readonly endpoint: Endpoint;
    },
  ];
  reloaded: [
    event: {
      readonly pool: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    },
  ];
  'reload:failed': [event: { readonly pool: string; readonly error: unknown }];
}

/** The listening half of an event emitter. */
export interface Listenable<Events extends Record<keyof Events, unknown[]>> {
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this;
}
