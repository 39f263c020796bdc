import { candidateRecord, type Endpoint, type RequestSink } from '@pointsman/core';

/**
 * What a decider says of each candidate: `verdict` is 1 when a stage of the request should go to another endpoint if this
 * one answers it, and 0 when it should not. Any plugin that writes it is a decider, under its instance name.
 */
export const disaggregation = <const Decider extends string>(decider: Decider) =>
  candidateRecord(`DisaggregationDataKey/${decider}`, ['verdict']);

type Disaggregation = ReturnType<typeof disaggregation>;

/** The key as a decider declares it: the handler asks for it by the decider's instance name. */
export const verdictOf = (_params: unknown, decider: string): readonly [Disaggregation] => [disaggregation(decider)];

/** Writes a decider's verdict on every endpoint. */
export function judgeEach(
  sink: RequestSink<readonly [Disaggregation]>,
  key: Disaggregation,
  endpoints: readonly Endpoint[],
  isWorthIt: (row: number) => boolean,
): void {
  const rows = sink.candidates(key);
  const { verdict } = rows.fields;
  for (let i = 0; i < endpoints.length; i++) {
    const { row } = endpoints[i]!;
    verdict[row] = isWorthIt(row) ? 1 : 0;
    rows.mark(row);
  }
}
