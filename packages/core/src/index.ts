export type { AdmissionCycle, SaturationDetector } from './contract/admission.ts';
export type { Call, ResponseEdits, ResponseMetadata } from './contract/call.ts';
export type { Candidates } from './contract/candidates.ts';
export type { Clock } from './contract/clock.ts';
export type {
  CandidateColumn,
  CandidateNumbers,
  CandidateRecords,
  CandidateValues,
  CandidateWriter,
  ColumnOf,
  EndpointWriter,
  NumberColumn,
  RecordColumn,
  ValueColumn,
} from './contract/columns.ts';
export type { Cycle, EndpointView, Keys } from './contract/cycle.ts';
export {
  candidateNumber,
  candidateRecord,
  type DataKey,
  type DataScope,
  type DataShape,
  endpointNumber,
  endpointRecord,
  endpointValue,
  type FieldsOf,
  type NumberKey,
  optional,
  type RecordKey,
  type RecordOf,
  requestValue,
  type ValueOf,
  type WrittenValueOf,
} from './contract/data-key.ts';
export type { Decision, DecisionDraft, Release } from './contract/decision.ts';
export {
  defineExtractor,
  defineFetcher,
  defineFilter,
  definePicker,
  definePlugin,
  defineProfileHandler,
  defineScorer,
  usePlugin,
} from './contract/define.ts';
export { DURATION_TEXT, millisecondsOf } from './contract/duration.ts';
export type {
  Endpoint,
  EndpointDirectory,
  EndpointSink,
  EndpointSource,
  EndpointSpec,
} from './contract/endpoint.ts';
export {
  type Drop,
  ERROR_STATUS,
  type ErrorCode,
  PointsmanError,
  type Rejection,
  reject,
} from './contract/errors.ts';
export type { Listenable, SchedulerEvents } from './contract/events.ts';
export type {
  ExplainedCandidate,
  ExplainedProfile,
  Explanation,
  Flip,
  ScoreCell,
} from './contract/explanation.ts';
export type {
  Extractor,
  PollInterval,
  PollingFetcher,
  RequestFetcher,
  RequestSink,
  StreamingFetcher,
} from './contract/fetcher.ts';
export type { BulkFilter, Drops, Filter } from './contract/filter.ts';
export type {
  Hooks,
  Lifetime,
  PreCallCycle,
  Progress,
  ScoreBoard,
} from './contract/hooks.ts';
export { LabelValues } from './contract/label-values.ts';
export { type Logger, silentLogger } from './contract/logger.ts';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type MetricOptions,
  type Metrics,
  noMetrics,
} from './contract/metrics.ts';
export type {
  GraphOptions,
  PoolOptions,
  ProfileOptions,
  SourceOptions,
  WeightedScorer,
} from './contract/options.ts';
export type { Outcome, OutcomeStatus, Usage } from './contract/outcome.ts';
export type { Picker } from './contract/picker.ts';
export type {
  CreateContext,
  DefinitionOptions,
  PluginDefinition,
  PluginFactory,
  PluginInstance,
  PluginKind,
  PluginUse,
} from './contract/plugin.ts';
export { prefillOf } from './contract/prefill-of.ts';
export type {
  HandlerCycle,
  HandlerResult,
  ProfileHandler,
  ProfileResult,
  RunProfile,
} from './contract/profile-handler.ts';
export type { Random } from './contract/random.ts';
export type { InferenceRequest, RequestInput } from './contract/request.ts';
export { ROLE_LABEL, type Stage, stagesOfRole } from './contract/role.ts';
export type {
  EndpointHealth,
  GivenDatum,
  PlannedReload,
  Pool,
  ScheduleOptions,
  Scheduler,
} from './contract/scheduler.ts';
export {
  type BulkScorer,
  NO_OPINION,
  type Scorer,
  type ScorerCategory,
} from './contract/scorer.ts';
export {
  activeModels,
  agentIdentity,
  cacheBlockSize,
  cacheNumBlocks,
  inFlightLoad,
  kvCacheUsage,
  maxActiveModels,
  peerEndpoint,
  prefixMatch,
  runningRequestsSize,
  tokenizedPrompt,
  uncachedRequestTokens,
  waitingModels,
  waitingQueueSize,
} from './contract/standard-keys.ts';
export type {
  MultimodalFeature,
  PromptTokens,
  TokenizedPrompt,
} from './contract/tokenized-prompt.ts';
export { CONTRACT_VERSION, type ContractVersion } from './contract/version.ts';
export {
  createScheduler,
  createSchedulerHost,
  SchedulerHost,
  type SchedulerOptions,
} from './engine/create-scheduler.ts';
export type { RecentOptions } from './engine/recent-decisions.ts';
export { SeededRandom, seedOf } from './engine/seeded-random.ts';
export { staticEndpoints } from './engine/static-endpoints.ts';
export { systemClock } from './engine/system-clock.ts';
export {
  type FormatOptions,
  formatExplanation,
} from './explain/format-explanation.ts';
