import { type Call, type Endpoint, PointsmanError, type Scheduler, SeededRandom } from '@pointsman/core';
import { parseRequest } from '@pointsman/inference-api';
import type { FleetMember } from './model-fleet.ts';

interface Open {
  readonly call: Call;
  readonly endsAt: number;
  end(): void;
}

/** Conversations that go on turn by turn, as requests a second, against a fleet. Seeded: the same every time. */
export class FleetTraffic {
  readonly #scheduler: Scheduler;
  readonly #memberOf: (endpoint: Endpoint) => FleetMember;
  readonly #random: SeededRandom;
  readonly #open = new Set<Open>();
  #turns = new Map<number, number>();
  #count = 0;
  /** Share of answers that fail. */
  failing = 0;
  model: string;

  constructor(scheduler: Scheduler, memberOf: (endpoint: Endpoint) => FleetMember, model = 'llama-3.3-70b') {
    this.#scheduler = scheduler;
    this.#memberOf = memberOf;
    this.#random = new SeededRandom(0x5eed, 1);
    this.model = model;
  }

  /** Ends what is over at `now`, and sends what comes within the next `spanMs`. */
  async step(now: number, spanMs: number, perSecond: number): Promise<void> {
    for (const open of this.#open) if (open.endsAt <= now) this.#close(open);
    const expected = (perSecond * spanMs) / 1000;
    let sent = Math.floor(expected);
    if (this.#random.next() < expected - sent) sent++;
    for (let i = 0; i < sent; i++) await this.send(now);
  }

  async send(now: number): Promise<Call | undefined> {
    const conversation = this.#random.below(60);
    const turn = (this.#turns.get(conversation) ?? 0) + 1;
    this.#turns.set(conversation, turn >= 9 ? 0 : turn);
    const promptTokens = 400 + turn * 380 + this.#random.below(120);
    const outputTokens = 20 + this.#random.below(160);
    const text = `conversation ${conversation} `.repeat(turn * 40);
    const body = { model: this.model, stream: true, messages: [{ role: 'user', content: text }] };
    const path = '/v1/chat/completions';
    const payload = parseRequest({ path, body: Buffer.from(JSON.stringify(body)) });
    const id = `chat-${String(++this.#count).padStart(6, '0')}`;
    let call: Call;
    try {
      call = await this.#scheduler.schedule({ id, model: this.model, path, stream: true, payload, headers: {} });
    } catch (error) {
      if (PointsmanError.is(error)) return undefined;
      throw error;
    }
    const answer = this.#memberOf(call.decision.target).take(String(conversation), promptTokens, outputTokens);
    const isFailing = this.#random.next() < this.failing;
    call.responseHeaders(isFailing ? 500 : 200);
    const { firstTokenMs, totalMs, cachedTokens, done } = answer;
    this.#open.add({
      call,
      endsAt: now + totalMs,
      end() {
        done();
        if (isFailing) call.end({ status: 'error', error: new Error('the model server answered 500'), totalMs });
        else call.end({ firstTokenMs, totalMs, usage: { promptTokens, cachedTokens, outputTokens } });
      },
    });
    return call;
  }

  #close(open: Open): void {
    this.#open.delete(open);
    open.end();
  }

  endAll(): void {
    for (const open of this.#open) this.#close(open);
  }
}
