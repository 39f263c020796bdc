import type { CallListener, GrpcCall, GrpcMethod } from '../grpc/grpc-call.ts';
import { GRPC_STATUS } from '../grpc/grpc-status.ts';
import { ProtoReader } from '../wire/proto-reader.ts';
import { ProtoWriter } from '../wire/proto-writer.ts';
import { HEALTH_SERVICES, type ServingState } from './serving-state.ts';

const SERVING_STATUS = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

const writer = new ProtoWriter();

/** gRPC's health checking protocol (`grpc.health.v1.Health`), answered from a state. */
export function healthMethods(state: ServingState): [path: string, method: GrpcMethod][] {
  return [
    ['/grpc.health.v1.Health/Check', (call) => unary(call, (service) => check(call, state, service))],
    ['/grpc.health.v1.Health/List', (call) => unary(call, () => list(call, state))],
    ['/grpc.health.v1.Health/Watch', (call) => watch(call, state)],
  ];
}

/** Waits for the one message of the client, and for nothing more. */
function unary(call: GrpcCall, answer: (service: string) => void): CallListener {
  let isAsked = false;
  return {
    onMessage(bytes) {
      if (isAsked) return;
      isAsked = true;
      const service = readService(bytes);
      if (service === undefined) call.end(GRPC_STATUS.INTERNAL, 'what came is no request for health');
      else answer(service);
    },
    onHalfClose() {
      if (!isAsked) call.end(GRPC_STATUS.INTERNAL, 'no request came');
    },
    onCancel() {},
  };
}

function check(call: GrpcCall, state: ServingState, service: string): void {
  const status = statusOf(state, service);
  if (status === SERVING_STATUS.SERVICE_UNKNOWN) {
    const names = HEALTH_SERVICES.map((name) => `"${name}"`).join(', ');
    call.end(GRPC_STATUS.NOT_FOUND, `no such service; there are ${names}`);
    return;
  }
  sendStatus(call, status);
  call.end();
}

function list(call: GrpcCall, state: ServingState): void {
  for (const service of HEALTH_SERVICES) {
    const entry = writer.end();
    const response = writer.end();
    writer.uint(1, statusOf(state, service));
    writer.message(2, response);
    writer.string(1, service);
    writer.message(1, entry);
  }
  call.send(writer.finish());
  call.end();
}

function watch(call: GrpcCall, state: ServingState): CallListener {
  let stop = () => {};
  const asked = unary(call, (service) => {
    let told: number | undefined;
    const tell = () => {
      const status = statusOf(state, service);
      if (status !== told) sendStatus(call, status);
      told = status;
    };
    stop = state.onChange(tell);
    tell();
  });
  return {
    ...asked,
    onCancel: () => stop(),
    onGoAway() {
      stop();
      call.end(GRPC_STATUS.UNAVAILABLE, 'the server ends');
    },
  };
}

function sendStatus(call: GrpcCall, status: number): void {
  writer.uint(1, status);
  call.send(writer.finish());
}

function statusOf(state: ServingState, service: string): number {
  const isServing = state.isServing(service);
  if (isServing === undefined) return SERVING_STATUS.SERVICE_UNKNOWN;
  return isServing ? SERVING_STATUS.SERVING : SERVING_STATUS.NOT_SERVING;
}

/** @returns undefined for what is no request */
function readService(bytes: Buffer): string | undefined {
  try {
    const reader = new ProtoReader(bytes);
    let service = '';
    while (reader.next()) {
      if (reader.field === 1) service = reader.string();
      else reader.skip();
    }
    return service;
  } catch {
    return undefined;
  }
}
