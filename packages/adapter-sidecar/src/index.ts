export { type AllowedHosts, allowHosts, anyHost } from './server/allowed-hosts.ts';
export { createSidecar, type Sidecar, type SidecarAddress } from './server/create-sidecar.ts';
export type {
  EncoderConnector,
  KvConnector,
  SidecarLimits,
  SidecarOptions,
  SidecarTimeouts,
  SidecarTls,
} from './server/sidecar-options.ts';
