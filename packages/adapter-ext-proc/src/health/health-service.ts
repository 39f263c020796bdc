import {
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import protobuf, { type Type } from 'protobufjs';
import { HEALTH_SCHEMA } from './health-schema.ts';
import { HEALTH_SERVICES, type ServingState } from './serving-state.ts';

const { root } = protobuf.parse(HEALTH_SCHEMA);

interface CheckRequest {
  readonly service: string;
}
interface CheckResponse {
  readonly status: number;
}

const SERVING_STATUS = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

/** The service that gRPC health probes call. */
export const HEALTH: ServiceDefinition = {
  check: method('Check', 'HealthCheckRequest', 'HealthCheckResponse'),
  list: method('List', 'HealthListRequest', 'HealthListResponse'),
  watch: { ...method('Watch', 'HealthCheckRequest', 'HealthCheckResponse'), responseStream: true },
};

/** Answers health probes from a state. */
export function healthService(state: ServingState): UntypedServiceImplementation {
  return {
    check({ request }: ServerUnaryCall<CheckRequest, CheckResponse>, reply: sendUnaryData<CheckResponse>) {
      const answer = answerFor(state, request.service);
      if (answer !== SERVING_STATUS.SERVICE_UNKNOWN) reply(null, { status: answer });
      else reply({ code: status.NOT_FOUND, details: `no such service; there are ${names()}` });
    },
    list(_call: unknown, reply: sendUnaryData<object>) {
      const statuses = HEALTH_SERVICES.map((service) => [service, { status: answerFor(state, service) }]);
      reply(null, { statuses: Object.fromEntries(statuses) });
    },
    watch(call: ServerWritableStream<CheckRequest, CheckResponse>) {
      let told: number | undefined;
      const tell = () => {
        const answer = answerFor(state, call.request.service);
        if (answer === told) return;
        told = answer;
        call.write({ status: answer });
      };
      const stop = state.onChange(tell);
      call.on('cancelled', stop);
      call.on('error', stop);
      tell();
    },
  };
}

function answerFor(state: ServingState, service: string): number {
  const isServing = state.isServing(service);
  if (isServing === undefined) return SERVING_STATUS.SERVICE_UNKNOWN;
  return isServing ? SERVING_STATUS.SERVING : SERVING_STATUS.NOT_SERVING;
}

function names(): string {
  return HEALTH_SERVICES.map((name) => `"${name}"`).join(', ');
}

function method(name: string, request: string, response: string): ServiceDefinition[string] {
  const [requests, responses] = [type(request), type(response)];
  return {
    path: `/grpc.health.v1.Health/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message: object) => encode(requests, message),
    requestDeserialize: (bytes: Buffer) => requests.decode(bytes),
    responseSerialize: (message: object) => encode(responses, message),
    responseDeserialize: (bytes: Buffer) => responses.decode(bytes),
  };
}

function type(name: string): Type {
  return root.lookupType(`grpc.health.v1.${name}`);
}

function encode(of: Type, message: object): Buffer {
  // With Node's buffers the writer of protobufjs gives a Buffer.
  return of.encode(message).finish() as Buffer;
}
