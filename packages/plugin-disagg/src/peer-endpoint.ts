import { type Endpoint, requestValue } from '@pointsman/core';

/** The endpoint that the request's other stage was placed on: what topology plugins measure from. */
export const peerEndpoint = requestValue<Endpoint>()('peer-endpoint/disagg-profile-handler');
