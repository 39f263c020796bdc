/**
 * Typed names of data that one plugin writes and others read.
 *
 * Scope says what a datum belongs to: `endpoint` data lives as long as the endpoint (metrics), `request` data as long as
 * the request (its tokens), and `candidate` data is one value per endpoint for one request (how much of this prompt that
 * endpoint has cached). Keys meet by id, not by object, so two installed copies of a package share data.
 */
export type DataScope = 'endpoint' | 'request' | 'candidate';

/** `number` and `record` (a fixed set of numbers) are stored as typed columns; `value` is anything else. */
export type DataShape = 'number' | 'record' | 'value';

export interface DataKey<
  Id extends string = string,
  T = unknown,
  Scope extends DataScope = DataScope,
  Shape extends DataShape = DataShape,
  HasFallback extends boolean = boolean,
> {
  readonly id: Id;
  readonly scope: Scope;
  readonly shape: Shape;
  /** Names of the numbers of a `record`. */
  readonly fields: readonly string[];
  /** What a reader gets while nothing has been written. */
  readonly fallback: T | undefined;
  readonly hasFallback: HasFallback;
  /** How long request data is kept: what is only needed to decide need not stay in memory while a long answer comes. */
  readonly until: 'answered' | 'ended';
  /** True when a reader can do without a writer; see {@link optional}. */
  readonly isOptional: boolean;
  /** Carries the value's type; never set. */
  readonly '~type'?: T;
}

/** What `get(key)` answers: the value, or undefined when nothing was written and the key has no fallback. */
export type ValueOf<K> =
  K extends DataKey<string, infer T, DataScope, DataShape, infer F> ? (F extends true ? T : T | undefined) : never;

/** What may be written under a key. */
export type WrittenValueOf<K> = K extends DataKey<string, infer T, DataScope, DataShape, boolean> ? T : never;

/** The numbers of a record key. */
export type RecordOf<Field extends string> = { readonly [F in Field]: number };

/** Field names of a record key. */
export type FieldsOf<K> = WrittenValueOf<K> extends RecordOf<infer F> ? F : never;

export type NumberKey<Id extends string, S extends DataScope, F extends boolean = boolean> = DataKey<
  Id,
  number,
  S,
  'number',
  F
>;
export type RecordKey<Id extends string, Field extends string, S extends DataScope> = DataKey<
  Id,
  RecordOf<Field>,
  S,
  'record',
  false
>;

function key<K extends DataKey>(
  id: string,
  scope: DataScope,
  shape: DataShape,
  extra: { fields?: readonly string[]; fallback?: unknown; until?: DataKey['until'] } = {},
): K {
  return Object.freeze({
    id,
    scope,
    shape,
    fields: extra.fields ?? [],
    fallback: extra.fallback,
    hasFallback: extra.fallback !== undefined,
    until: extra.until ?? 'ended',
    isOptional: false,
  }) as unknown as K;
}

/** A number about each endpoint, held in a typed column. `fallback` is its value until something is written. */
export function endpointNumber<const Id extends string>(
  id: Id,
  options: { readonly fallback: number },
): NumberKey<Id, 'endpoint', true>;
export function endpointNumber<const Id extends string>(id: Id): NumberKey<Id, 'endpoint', false>;
export function endpointNumber<const Id extends string>(
  id: Id,
  options?: { readonly fallback: number },
): NumberKey<Id, 'endpoint'> {
  return key(id, 'endpoint', 'number', options ?? {});
}

/** Several numbers about each endpoint that are written together. */
export function endpointRecord<const Id extends string, const Field extends string>(
  id: Id,
  fields: readonly Field[],
): RecordKey<Id, Field, 'endpoint'> {
  return key(id, 'endpoint', 'record', { fields });
}

/** Anything else about each endpoint. */
export function endpointValue<T>() {
  return <const Id extends string>(id: Id): DataKey<Id, T, 'endpoint', 'value', false> => key(id, 'endpoint', 'value');
}

/** A number for each candidate of one request. */
export function candidateNumber<const Id extends string>(id: Id): NumberKey<Id, 'candidate', false> {
  return key(id, 'candidate', 'number');
}

/** Several numbers for each candidate of one request. */
export function candidateRecord<const Id extends string, const Field extends string>(
  id: Id,
  fields: readonly Field[],
): RecordKey<Id, Field, 'candidate'> {
  return key(id, 'candidate', 'record', { fields });
}

/**
 * Anything about one request. Written as `requestValue<string>()('my/key')`, because the id's type is inferred.
 * `until: 'answered'` has it forgotten when the answer begins: for what is large and only needed to decide.
 */
export function requestValue<T>() {
  return <const Id extends string>(
    id: Id,
    options: { readonly until?: DataKey['until'] } = {},
  ): DataKey<Id, T, 'request', 'value', false> => key(id, 'request', 'value', options);
}

/** The same key for a reader that can do without: no plugin has to write it. Writers still run before the reader. */
export function optional<K extends DataKey>(wanted: K): K {
  return Object.freeze({ ...wanted, isOptional: true });
}
