import { PointsmanError } from '@pointsman/core';
import type { SidecarOptions } from './sidecar-options.ts';

const CONNECTORS = ['nixlv2', 'shared-storage', 'sglang', 'mooncake', 'offloading'];
const ENCODER_CONNECTORS = ['ec-example', 'ec-nixl'];
const LONGEST_MS = 2 ** 31 - 1;

/** Looks at what would otherwise fail in the middle of a request. @throws PointsmanError CONFIG_INVALID */
export function checkOptions(options: SidecarOptions): void {
  const { modelServer, kvConnector, encoderConnector, timeouts, limits, prefillRetry } = options;
  const size = options.dataParallelSize ?? 1;
  whole('dataParallelSize', size, 1, 1024);
  whole('modelServer.port', modelServer.port, 1, 65_536 - size);
  whole('p2pPort', options.p2pPort, 1, 65_535);
  whole('sglangBootstrapPort', options.sglangBootstrapPort, 1, 65_535);
  whole('mooncakeBootstrapPort', options.mooncakeBootstrapPort, 1, 65_535);
  for (const name of ['connectMs', 'prefillMs', 'decodeMs', 'idleMs', 'clientStallMs'] as const) {
    whole(`timeouts.${name}`, timeouts?.[name], 0, LONGEST_MS);
  }
  whole('limits.bodyBytes', limits?.bodyBytes, 0, Number.MAX_SAFE_INTEGER);
  whole('limits.answerBytes', limits?.answerBytes, 0, Number.MAX_SAFE_INTEGER);
  whole('prefillRetry.max', prefillRetry?.max, 0, 1000);
  whole('prefillRetry.backoffMs', prefillRetry?.backoffMs, 0, LONGEST_MS);
  oneOf('kvConnector', kvConnector, CONNECTORS);
  oneOf('encoderConnector', encoderConnector, ENCODER_CONNECTORS);
  oneOf('prefillFailure', options.prefillFailure, ['error', 'decode-only']);
}

function whole(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw new PointsmanError('CONFIG_INVALID', `${name} must be a whole number from ${min} to ${max}, not ${value}`);
}

function oneOf(name: string, value: string | undefined, names: readonly string[]): void {
  if (value === undefined || names.includes(value)) return;
  throw new PointsmanError('CONFIG_INVALID', `${name} must be one of ${names.join(', ')}, not "${value}"`);
}
