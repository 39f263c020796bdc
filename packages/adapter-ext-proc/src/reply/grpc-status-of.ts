import { GRPC_STATUS, type GrpcStatus } from '../grpc/grpc-status.ts';

/**
 * As google.rpc.Code pairs them, read from HTTP to gRPC: what Envoy does by itself, after the page of gRPC on HTTP statuses, makes
 * UNAVAILABLE of 429, UNIMPLEMENTED of 404 and INTERNAL of 400.
 */
const STATUS_OF_HTTP: ReadonlyMap<number, GrpcStatus> = new Map([
  [400, GRPC_STATUS.INVALID_ARGUMENT],
  [401, GRPC_STATUS.UNAUTHENTICATED],
  [403, GRPC_STATUS.PERMISSION_DENIED],
  [404, GRPC_STATUS.NOT_FOUND],
  [408, GRPC_STATUS.DEADLINE_EXCEEDED],
  [409, GRPC_STATUS.ABORTED],
  [412, GRPC_STATUS.FAILED_PRECONDITION],
  // As servers of gRPC say it of a message that is too long.
  [413, GRPC_STATUS.RESOURCE_EXHAUSTED],
  // As gRPC says it of an encoding that the server does not know.
  [415, GRPC_STATUS.UNIMPLEMENTED],
  [422, GRPC_STATUS.INVALID_ARGUMENT],
  [429, GRPC_STATUS.RESOURCE_EXHAUSTED],
  [500, GRPC_STATUS.INTERNAL],
  [501, GRPC_STATUS.UNIMPLEMENTED],
  [502, GRPC_STATUS.UNAVAILABLE],
  [503, GRPC_STATUS.UNAVAILABLE],
  [504, GRPC_STATUS.DEADLINE_EXCEEDED],
]);

/** What a client of gRPC is told in place of an HTTP status of 400 or more. */
export function grpcStatusOf(httpStatus: number): GrpcStatus {
  return STATUS_OF_HTTP.get(httpStatus) ?? GRPC_STATUS.UNKNOWN;
}
