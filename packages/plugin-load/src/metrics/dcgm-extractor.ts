import { defineExtractor, endpointNumber } from '@pointsman/core';
import { z } from 'zod';
import { MetricsPage } from './metrics-page.ts';
import { MissingMetrics } from './missing-metrics.ts';
import { numberField } from './number-field.ts';

/** How busy an endpoint's busiest GPU is, as a share of 1. */
export const gpuUtilization = endpointNumber('GPUUtilization/dcgm-extractor');

const GPU_UTILIZATION = 'DCGM_FI_DEV_GPU_UTIL';

/**
 * Reads GPU utilisation from a page of the DCGM exporter: the maximum over the GPUs whose `pod` label names the
 * endpoint, or that have none, divided by 100. Readings that are negative or no number count as 0.
 */
export const dcgmExtractor = defineExtractor({
  type: 'dcgm-extractor',
  description: 'Reads how busy the GPUs of each endpoint are.',
  stability: 'alpha',
  params: z.looseObject({}),
  reads: [gpuUtilization],
  writes: [gpuUtilization],
  create: ({ name, read, write, log }) => {
    const utilization = numberField(read(gpuUtilization), write(gpuUtilization));
    const missing = new MissingMetrics(log, name);
    return {
      extract(payload, endpoint) {
        const page = MetricsPage.of(payload);
        const pod = endpoint.id.slice(endpoint.id.lastIndexOf('/') + 1);
        const samples = page.samples({ name: GPU_UTILIZATION, labels: [] });
        const own = samples.filter((sample) => (sample.label('pod') ?? pod) === pod);
        if (own.length === 0 || !page.isGauge(GPU_UTILIZATION)) {
          missing.report(endpoint, [`${GPU_UTILIZATION} is missing${samples.length > 0 ? ` for pod ${pod}` : ''}`]);
          return false;
        }
        missing.report(endpoint, []);
        let max = 0;
        for (const { value } of own) if (value > max) max = value;
        return utilization(endpoint, max / 100);
      },
      endpointRemoved: (endpoint) => missing.forget(endpoint),
      inspect: () => missing.shown(),
    };
  },
});
