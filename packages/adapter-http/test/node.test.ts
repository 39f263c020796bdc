import { onNode } from './rig/entry-point.ts';
import { describeAdapter } from './suite.ts';

describeAdapter('node:http', onNode);
