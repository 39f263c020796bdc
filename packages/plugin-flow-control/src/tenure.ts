import type { FlowController, FlowSettings } from './flow-controller.ts';

/**
 * The part of a controller's life in which one configuration is at work. It begins with the first that is heard of it:
 * a configuration is made in advance, and may never come to work.
 */
export class Tenure {
  readonly controller: FlowController;
  readonly #settings: FlowSettings;
  #state: 'planned' | 'at work' | 'over' = 'planned';

  /** @param controller of the configuration before it, which goes on until this one begins */
  constructor(controller: FlowController, settings: FlowSettings) {
    this.controller = controller;
    this.#settings = settings;
  }

  /** To be called with everything that is heard of the pool and its requests. Counts once. */
  begin(): FlowController {
    if (this.#state === 'planned') {
      this.#state = 'at work';
      this.controller.begin(this.#settings);
    }
    return this.controller;
  }

  /** Its last request has ended, or it never came to work. */
  end(): void {
    if (this.#state === 'at work') this.controller.end();
    this.#state = 'over';
  }
}
