export { type BaseModels, type BodyRouterOptions, createBodyRouter } from './bbr/body-router.ts';
export type { ListenAddress } from './grpc/listen-address.ts';
export { createHealthServer, type HealthServer } from './health/health-server.ts';
export { HEALTH_SERVICES, ServingState } from './health/serving-state.ts';
export { PickerDurations } from './metrics/picker-durations.ts';
export type { EndpointPickerOptions } from './picker/picker-options.ts';
export type { HeaderEdits } from './reply/header-edits.ts';
export type { Refusal } from './reply/refusal.ts';
export { createExtProcServer, type ExtProcServer, type ExtProcServerOptions } from './server/ext-proc-server.ts';
export { DEFAULT_LIMITS, type ServerLimits } from './server/server-limits.ts';
export type { Certificate } from './server/tls/certificate.ts';
export { certificateFolder } from './server/tls/certificate-folder.ts';
export type { CertificateSource } from './server/tls/certificate-source.ts';
export { selfSigned } from './server/tls/self-signed.ts';
export type { ServerTls } from './server/tls/server-tls.ts';
export type {
  BodyExtent,
  Exchange,
  FilterMetadata,
  Onward,
  Processor,
  ProxiedRequest,
  ResponseHead,
} from './stream/processor.ts';
export type * from './wire/messages.ts';
export { APPEND_ACTION, BODY_MODE, HEADER_MODE } from './wire/messages.ts';
