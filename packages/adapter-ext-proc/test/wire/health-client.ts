import type { Client, ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }
message HealthListRequest {}
message HealthListResponse { map<string, HealthCheckResponse> statuses = 1; }
`);

export interface HealthStatus {
  readonly status: number;
}

/** Asks a server for its health, as a probe does. */
export function healthClient(client: Client) {
  return {
    check: (service: string) =>
      unary<HealthStatus>(client, 'Check', 'HealthCheckRequest', 'HealthCheckResponse', { service }),
    list: () =>
      unary<{ readonly statuses: Readonly<Record<string, HealthStatus>> }>(
        client,
        'List',
        'HealthListRequest',
        'HealthListResponse',
        {},
      ),
    watch: (service: string) =>
      client.makeServerStreamRequest<object, HealthStatus>(
        '/grpc.health.v1.Health/Watch',
        encoderOf('HealthCheckRequest'),
        decoderOf('HealthCheckResponse'),
        { service },
      ),
  };
}

function unary<T>(client: Client, name: string, request: string, response: string, message: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, answer?: T) => (error === null ? resolve(answer!) : reject(error));
    client.makeUnaryRequest<object, T>(
      `/grpc.health.v1.Health/${name}`,
      encoderOf(request),
      decoderOf(response),
      message,
      done,
    );
  });
}

function encoderOf(name: string) {
  const type = root.lookupType(`grpc.health.v1.${name}`);
  return (message: object) => type.encode(message).finish() as Buffer;
}

function decoderOf<T>(name: string) {
  const type = root.lookupType(`grpc.health.v1.${name}`);
  return (bytes: Buffer) => type.decode(bytes) as unknown as T;
}
