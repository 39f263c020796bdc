import type { Server } from 'node:net';
import { type Logger, type Metrics, noMetrics, silentLogger } from '@pointsman/core';
import type { CallListener, GrpcMethod } from '../grpc/grpc-call.ts';
import { GrpcServer } from '../grpc/grpc-server.ts';
import { GRPC_STATUS } from '../grpc/grpc-status.ts';
import type { ListenAddress } from '../grpc/listen-address.ts';
import { healthMethods } from '../health/health-methods.ts';
import type { ServingState } from '../health/serving-state.ts';
import { ByteBudget } from '../memory/byte-budget.ts';
import { StreamMetrics } from '../metrics/stream-metrics.ts';
import { EndpointPicker } from '../picker/endpoint-picker.ts';
import type { EndpointPickerOptions } from '../picker/picker-options.ts';
import type { ExtProcStream, StreamContext } from '../stream/ext-proc-stream.ts';
import { ModeAdvice } from '../stream/mode-advice.ts';
import type { Processor } from '../stream/processor.ts';
import { BODY_MODE, type BodyMode } from '../wire/messages.ts';
import { serveStream } from './serve-stream.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './server-limits.ts';
import type { ServerTls } from './tls/server-tls.ts';
import { watchedContext } from './tls/watched-context.ts';

/** What every server of the protocol can be told. */
export interface ExtProcServerOptions {
  readonly limits?: ServerLimits;
  /** Default: no TLS. */
  readonly tls?: ServerTls;
  /** Answers health probes on the same port too. */
  readonly health?: ServingState;
  /** Body modes of proxies that do not announce theirs (Envoy before 1.34); default FULL_DUPLEX_STREAMED for both. */
  readonly unannouncedModes?: { readonly request?: BodyMode; readonly response?: BodyMode };
  readonly metrics?: Metrics;
  readonly log?: Logger;
}

/** A server of Envoy's external processing protocol. */
export interface ExtProcServer {
  /** Streams that are open. */
  readonly openStreams: number;
  /** What listens, once it does: it emits `error` when it cannot take connections any more. */
  readonly listener: Server | undefined;
  /** @returns the port, chosen by the system when 0 was given @throws Error when the address cannot be listened on */
  listen(address: ListenAddress): Promise<number>;
  /**
   * Takes no new connections, and resolves when the streams that are open have ended. After `graceMs` (default: never)
   * those that are left are let go: answers that are under way go on without the picker where the protocol allows it.
   */
  drain(options?: { readonly graceMs?: number }): Promise<void>;
  /** Cuts off what is still open. The scheduler stays open. */
  close(): void;
}

/** What Envoy calls. */
const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
const NOBODY: CallListener = { onMessage() {}, onHalfClose() {}, onCancel() {} };
/** Room for health probes when all streams are taken, and for telling others that they are. */
const OTHER_CALLS = 100;
/** For the last words to streams that were let go. */
const FLUSH_MS = 1000;

/**
 * Makes a server for Envoy's `ext_proc` filter: an endpoint picker that places requests through a scheduler, or whatever
 * the given processor does, such as that of `createBodyRouter`.
 */
export function createExtProcServer(
  options: (EndpointPickerOptions | { readonly processor: Processor }) & ExtProcServerOptions,
): ExtProcServer {
  const processor = 'processor' in options ? options.processor : new EndpointPicker(options);
  const { unannouncedModes, log = silentLogger, metrics = noMetrics } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const context: StreamContext = {
    processor,
    bodyLimit: limits.bodyBytes,
    budget: new ByteBudget(limits.bufferedBytes),
    unannounced: {
      request: unannouncedModes?.request ?? BODY_MODE.FULL_DUPLEX_STREAMED,
      response: unannouncedModes?.response ?? BODY_MODE.FULL_DUPLEX_STREAMED,
    },
    advice: new ModeAdvice(log),
    log,
  };
  const counted = new StreamMetrics(metrics);
  const streams = new Set<ExtProcStream>();
  const process: GrpcMethod = (call) => {
    const ended = counted.began();
    if (counted.open > limits.streams) {
      call.end(GRPC_STATUS.RESOURCE_EXHAUSTED, 'too many streams are open');
      ended('ResourceExhausted');
      return NOBODY;
    }
    const [stream, listener] = serveStream(context, call, (code) => {
      streams.delete(stream);
      ended(code);
    });
    streams.add(stream);
    return listener;
  };
  const server = new GrpcServer({
    methods: new Map([[PROCESS, process], ...(options.health === undefined ? [] : healthMethods(options.health))]),
    messageBytes: limits.messageBytes,
    callsPerConnection: limits.streams + OTHER_CALLS,
    heldBytes: limits.bufferedBytes + limits.messageBytes,
  });
  let stopWatch = () => {};
  return {
    get openStreams() {
      return streams.size;
    },
    get listener() {
      return server.listener;
    },
    async listen(address) {
      if (options.tls === undefined) return server.listen(address);
      const [tls, watch] = await watchedContext(options.tls);
      stopWatch = watch((renewed) => server.setSecureContext(renewed));
      return server.listen(address, tls);
    },
    async drain({ graceMs } = {}) {
      const ended = server.drain();
      if (graceMs === undefined) return ended;
      const isOver = await Promise.race([ended.then(() => true), after(graceMs)]);
      if (isOver === true) return;
      log.warn('requests are let go', { streams: streams.size });
      for (const stream of [...streams]) stream.release();
      await Promise.race([ended, after(FLUSH_MS)]);
    },
    close() {
      stopWatch();
      server.close();
    },
  };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
