/**
 * What this adapter needs of Envoy's external processing protocol, as a schema in the proto3 language: packages, names
 * and field numbers are Envoy's (API of 1.37 and later), fields that are not listed are skipped by the decoder.
 */
export const EXT_PROC_SCHEMA = `
syntax = "proto3";

package envoy.service.ext_proc.v3;

message ProcessingRequest {
  oneof request {
    HttpHeaders request_headers = 2;
    HttpHeaders response_headers = 3;
    HttpBody request_body = 4;
    HttpBody response_body = 5;
    HttpTrailers request_trailers = 6;
    HttpTrailers response_trailers = 7;
  }
  Metadata metadata_context = 8;
  map<string, Struct> attributes = 9;
  bool observability_mode = 10;
  ProtocolConfiguration protocol_config = 11;
}

message HttpHeaders {
  HeaderMap headers = 1;
  bool end_of_stream = 3;
}

message HeaderMap {
  repeated HeaderValue headers = 1;
}

message HeaderValue {
  string key = 1;
  bytes value = 2;
  bytes raw_value = 3;
}

message HttpBody {
  bytes body = 1;
  bool end_of_stream = 2;
  bool end_of_stream_without_message = 3;
  bool grpc_message_compressed = 4;
}

message HttpTrailers {
  HeaderMap trailers = 1;
}

message Metadata {
  map<string, Struct> filter_metadata = 1;
}

message Struct {
  map<string, Value> fields = 1;
}

message Value {
  oneof kind {
    int32 null_value = 1;
    double number_value = 2;
    string string_value = 3;
    bool bool_value = 4;
    Struct struct_value = 5;
    ListValue list_value = 6;
  }
}

message ListValue {
  repeated Value values = 1;
}

message ProtocolConfiguration {
  BodySendMode request_body_mode = 1;
  BodySendMode response_body_mode = 2;
  bool send_body_without_waiting_for_header_response = 3;
}

enum BodySendMode {
  NONE = 0;
  STREAMED = 1;
  BUFFERED = 2;
  BUFFERED_PARTIAL = 3;
  FULL_DUPLEX_STREAMED = 4;
  GRPC = 5;
}

enum HeaderSendMode {
  DEFAULT = 0;
  SEND = 1;
  SKIP = 2;
}

message ProcessingMode {
  HeaderSendMode request_header_mode = 1;
  HeaderSendMode response_header_mode = 2;
  BodySendMode request_body_mode = 3;
  BodySendMode response_body_mode = 4;
  HeaderSendMode request_trailer_mode = 5;
  HeaderSendMode response_trailer_mode = 6;
}

message ProcessingResponse {
  oneof response {
    HeadersResponse request_headers = 1;
    HeadersResponse response_headers = 2;
    BodyResponse request_body = 3;
    BodyResponse response_body = 4;
    TrailersResponse request_trailers = 5;
    TrailersResponse response_trailers = 6;
    ImmediateResponse immediate_response = 7;
  }
  Struct dynamic_metadata = 8;
  ProcessingMode mode_override = 9;
}

message HeadersResponse {
  CommonResponse response = 1;
}

message BodyResponse {
  CommonResponse response = 1;
}

message TrailersResponse {
  HeaderMutation header_mutation = 1;
}

message CommonResponse {
  int32 status = 1;
  HeaderMutation header_mutation = 2;
  BodyMutation body_mutation = 3;
  bool clear_route_cache = 5;
}

message HeaderMutation {
  repeated HeaderValueOption set_headers = 1;
  repeated string remove_headers = 2;
}

message HeaderValueOption {
  HeaderValue header = 1;
  int32 append_action = 3;
}

message BodyMutation {
  oneof mutation {
    bytes body = 1;
    bool clear_body = 2;
    StreamedBodyResponse streamed_response = 3;
  }
}

message StreamedBodyResponse {
  bytes body = 1;
  bool end_of_stream = 2;
}

message ImmediateResponse {
  HttpStatus status = 1;
  HeaderMutation headers = 2;
  bytes body = 3;
  GrpcStatus grpc_status = 4;
  string details = 5;
}

message HttpStatus {
  int32 code = 1;
}

message GrpcStatus {
  uint32 status = 1;
}
`;
