import type { Logger, Scheduler } from '@pointsman/core';
import type { RequestTracing } from '@pointsman/inference-api';
import { CommandFailure } from '../command-failure.ts';
import { packageVersion } from '../version.ts';
import { readTraceSettings, type TraceSettings } from './trace-settings.ts';

/** Tracing at work. */
export interface StartedTracing {
  /** For the adapter. */
  readonly tracing: RequestTracing;
  /** Sends what is left, for as long as {@link FLUSH_MS} allows. */
  stop(): Promise<void>;
}

/** Milliseconds that the collector gets for the last spans. */
const FLUSH_MS = 5_000;

const INSTALL =
  'npm install @opentelemetry/api@1.9 @opentelemetry/core@2 @opentelemetry/resources@2 @opentelemetry/sdk-trace-base@2 ' +
  '@opentelemetry/exporter-trace-otlp-proto@0.223 @opentelemetry/exporter-trace-otlp-http@0.223';

/**
 * Traces the requests of a scheduler with OpenTelemetry, as the environment says. Its packages are loaded only here.
 * @param serviceName unless `OTEL_SERVICE_NAME` says otherwise
 * @returns undefined when the environment switches tracing off
 * @throws CommandFailure when it makes no sense, or the packages are not installed
 */
export async function startTracing(
  scheduler: Scheduler,
  serviceName: string,
  log: Logger,
): Promise<StartedTracing | undefined> {
  const settings = readTraceSettings(process.env);
  if (settings === undefined) return undefined;
  const { diag, DiagLogLevel, sdk, core, resources, exporters, createRequestTracing } = await load(settings);
  const tell = (text: string) => log.warn(`tracing: ${text}`);
  const mute = () => {};
  diag.setLogger({ error: tell, warn: tell, info: mute, debug: mute, verbose: mute }, DiagLogLevel.WARN);
  const named = resources.resourceFromAttributes({ 'service.name': serviceName, 'service.version': packageVersion() });
  const provider = new sdk.BasicTracerProvider({
    resource: named.merge(resources.detectResources({ detectors: [resources.envDetector] })),
    ...(settings.ratio !== undefined && {
      sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.ratio) }),
    }),
    spanProcessors: exporters.map((exporter) => new sdk.BatchSpanProcessor(exporter)),
  });
  const tracing = createRequestTracing(scheduler, {
    tracer: provider.getTracer('@pointsman/cli', packageVersion()),
    propagator: new core.W3CTraceContextPropagator(),
  });
  log.info('requests are traced', { exporters: settings.exporters, ratio: settings.ratio });
  return {
    tracing,
    async stop() {
      tracing.stop();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_MS);
      });
      await Promise.race([late, provider.shutdown().catch(() => {})]);
      clearTimeout(timer);
    },
  };
}

async function load({ exporters, protocol }: TraceSettings) {
  try {
    const [{ diag, DiagLogLevel }, sdk, core, resources, { createRequestTracing }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      import('@pointsman/telemetry/tracing'),
    ]);
    const otlp = async () => {
      const { OTLPTraceExporter } =
        protocol === 'http/json'
          ? await import('@opentelemetry/exporter-trace-otlp-http')
          : await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter();
    };
    const made = await Promise.all(
      exporters.map((name) => (name === 'console' ? new sdk.ConsoleSpanExporter() : otlp())),
    );
    return { diag, DiagLogLevel, sdk, core, resources, createRequestTracing, exporters: made };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandFailure(
      `tracing needs packages of OpenTelemetry that are not installed: ${INSTALL}`,
      undefined,
      error,
    );
  }
}
