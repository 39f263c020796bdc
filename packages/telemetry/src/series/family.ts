import type { Distribution } from './distribution.ts';
import type { Labels } from './labels.ts';

export type FamilyType = 'counter' | 'gauge' | 'histogram';

/** Labels and number of one time series. */
export type Sample = readonly [labels: Labels, value: number | Distribution];

/** A metric whose series are looked up when somebody reads it. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  samples(): Iterable<Sample>;
}
