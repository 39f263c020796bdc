import { candidateRecord } from '@pointsman/core';

/** What a predictor expects of each candidate, in milliseconds; `...Valid` is 1 where there is a prediction. */
export const latencyPrediction = (producer: string) =>
  candidateRecord(`LatencyPredictionInfoDataKey/${producer}`, [
    'ttftValid',
    'tpotValid',
    'ttftMs',
    'tpotMs',
    'ttftHeadroomMs',
    'tpotHeadroomMs',
    'dispatchedRequestCount',
  ]);
