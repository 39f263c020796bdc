import { proxiedHttpSuite } from './proxied-http.suite.ts';

proxiedHttpSuite('behind Envoy, as recommended', { config: 'recommended' });
proxiedHttpSuite('behind Envoy, full duplex', { config: 'full-duplex' });
proxiedHttpSuite('behind Envoy, buffered', { config: 'buffered' });
