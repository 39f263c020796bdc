export {
  candidateDataOf,
  endpointDataOf,
  endpointSpecOf,
  type RecordedEndpoint,
  type RecordedRequest,
  recordedEndpoint,
  recordedRequest,
  requestDataOf,
  requestInputOf,
} from './recorded-state.ts';
