import { Server, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js';
import { type Logger, silentLogger } from '@pointsman/core';
import { EndpointPicker } from '../picker/endpoint-picker.ts';
import type { EndpointPickerOptions } from '../picker/picker-options.ts';
import type { StreamContext } from '../stream/ext-proc-stream.ts';
import { ModeAdvice } from '../stream/mode-advice.ts';
import type { Processor } from '../stream/processor.ts';
import { BODY_MODE, type BodyMode } from '../wire/messages.ts';
import { serveStream } from './serve-stream.ts';
import { EXTERNAL_PROCESSOR } from './service-definition.ts';

/** Bytes of a request body that are accepted unless `limits.bodyBytes` says otherwise. */
export const DEFAULT_BODY_LIMIT: number = 32 * 1024 * 1024;

/** What every server of the protocol can be told. */
export interface ExtProcServerOptions {
  readonly limits?: {
    /** Bytes of a request body; default 32 MiB. More is answered with 413. */
    readonly bodyBytes?: number;
    /** Bytes of one gRPC message; default 4 MiB. More ends the stream. */
    readonly messageBytes?: number;
  };
  /** Body modes of proxies that do not announce theirs (Envoy before 1.34); default FULL_DUPLEX_STREAMED for both. */
  readonly unannouncedModes?: { readonly request?: BodyMode; readonly response?: BodyMode };
  readonly log?: Logger;
}

/** A server of Envoy's external processing protocol. */
export interface ExtProcServer {
  /** Streams that are open. */
  readonly openStreams: number;
  /** @returns the port, chosen by the system when 0 was given */
  listen(address: { readonly host?: string; readonly port: number }): Promise<number>;
  /** Takes no new streams, and resolves when those that are open have ended. */
  drain(): Promise<void>;
  /** Cuts off what is still open. The scheduler stays open. */
  close(): void;
}

/** Makes an endpoint picker for Envoy: it places requests through a scheduler. */
export function createExtProcServer(options: EndpointPickerOptions & ExtProcServerOptions): ExtProcServer {
  return serve(new EndpointPicker(options), options);
}

/** Serves the protocol with any processor. */
export function serve(processor: Processor, options: ExtProcServerOptions): ExtProcServer {
  const { limits, unannouncedModes, log = silentLogger } = options;
  const context: StreamContext = {
    processor,
    bodyLimit: limits?.bodyBytes ?? DEFAULT_BODY_LIMIT,
    unannounced: {
      request: unannouncedModes?.request ?? BODY_MODE.FULL_DUPLEX_STREAMED,
      response: unannouncedModes?.response ?? BODY_MODE.FULL_DUPLEX_STREAMED,
    },
    advice: new ModeAdvice(log),
    log,
  };
  const server = new Server({ 'grpc.max_receive_message_length': limits?.messageBytes ?? 4 * 1024 * 1024 });
  let openStreams = 0;
  const process: UntypedHandleCall = (call: Parameters<typeof serveStream>[1]) => {
    openStreams++;
    serveStream(context, call, () => openStreams--);
  };
  server.addService(EXTERNAL_PROCESSOR, { process });
  return {
    get openStreams() {
      return openStreams;
    },
    listen: ({ host = '0.0.0.0', port }) =>
      new Promise((resolve, reject) => {
        server.bindAsync(addressOf(host, port), ServerCredentials.createInsecure(), (error, bound) => {
          if (error === null) resolve(bound);
          else reject(error);
        });
      }),
    drain: () =>
      new Promise((resolve, reject) => {
        server.tryShutdown((error) => (error === undefined ? resolve() : reject(error)));
      }),
    close: () => server.forceShutdown(),
  };
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
