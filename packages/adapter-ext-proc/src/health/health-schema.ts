/** gRPC's health checking protocol, as a schema in the proto3 language. */
export const HEALTH_SCHEMA = `
syntax = "proto3";

package grpc.health.v1;

message HealthCheckRequest {
  string service = 1;
}

message HealthCheckResponse {
  int32 status = 1;
}

message HealthListRequest {
}

message HealthListResponse {
  map<string, HealthCheckResponse> statuses = 1;
}
`;
