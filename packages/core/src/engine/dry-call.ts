import type { Call, ResponseEdits, ResponseMetadata } from '../contract/call.ts';
import type { Decision } from '../contract/decision.ts';

const NOTHING = Object.freeze({});

/** A decision that nobody acts upon: over before it began. */
export class DryCall implements Call {
  readonly decision: Decision;
  readonly isEnded = true;
  readonly readsResponseBody = false;

  constructor(decision: Decision) {
    this.decision = decision;
  }

  responseHeaders(): ResponseEdits {
    return NOTHING;
  }

  firstToken(): void {}

  tokens(): void {}

  complete(): ResponseMetadata {
    return NOTHING;
  }

  next(): undefined {}

  onEvicted(): void {}

  end(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
