import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';

/** How the environment wants requests to be traced, as far as OpenTelemetry's SDK does not read it itself. */
export interface TraceSettings {
  /** Where spans go; none of them: context is handed on all the same. */
  readonly exporters: readonly ('otlp' | 'console')[];
  readonly protocol: 'http/protobuf' | 'http/json';
  /** Share of the requests that nobody has decided about yet; undefined leaves the sampler to the SDK. */
  readonly ratio: number | undefined;
}

/** As in llm-d. */
const DEFAULT_RATIO = 0.1;
const RATIO_SAMPLER = 'parentbased_traceidratio';
const SDK_SAMPLERS = ['always_on', 'always_off', 'parentbased_always_on', 'parentbased_always_off', 'traceidratio'];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables of OpenTelemetry.
 * @returns undefined when they switch tracing off
 * @throws CommandFailure
 */
export function readTraceSettings(env: Environment): TraceSettings | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  return { exporters: readExporters(env), protocol: readProtocol(env), ratio: readRatio(env) };
}

function readExporters(env: Environment): TraceSettings['exporters'] {
  const names = (env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').map((name) => name.trim());
  return names.flatMap((name) => {
    if (name === 'none') return [];
    if (name === 'otlp' || name === 'console') return [name];
    throw refused('OTEL_TRACES_EXPORTER', name, 'otlp, console or none');
  });
}

function readProtocol(env: Environment): TraceSettings['protocol'] {
  const variable = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']
    ? 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'
    : 'OTEL_EXPORTER_OTLP_PROTOCOL';
  const protocol = env[variable] || 'http/protobuf';
  if (protocol === 'http/protobuf' || protocol === 'http/json') return protocol;
  const hint = protocol === 'grpc' ? '; collectors listen for HTTP too, usually on port 4318' : '';
  throw refused(variable, protocol, `http/protobuf or http/json${hint}`);
}

function readRatio(env: Environment): number | undefined {
  const sampler = env['OTEL_TRACES_SAMPLER'] || RATIO_SAMPLER;
  const given = env['OTEL_TRACES_SAMPLER_ARG'];
  const ratio = given === undefined || given === '' ? DEFAULT_RATIO : Number(given);
  if (sampler.endsWith('traceidratio') && !(ratio >= 0 && ratio <= 1)) {
    throw refused('OTEL_TRACES_SAMPLER_ARG', given ?? '', 'a number from 0 to 1');
  }
  if (sampler === RATIO_SAMPLER) return ratio;
  if (SDK_SAMPLERS.includes(sampler)) return undefined;
  throw refused('OTEL_TRACES_SAMPLER', sampler, `${[RATIO_SAMPLER, ...SDK_SAMPLERS].join(', ')}`);
}

function refused(variable: string, value: string, expected: string): CommandFailure {
  return new CommandFailure(`the environment variable ${variable} is "${value}"; expected ${expected}`, ExitCode.usage);
}
