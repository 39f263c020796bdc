export { createSimEngine } from './engine/create-engine.ts';
export type { EngineOptions, EngineStats, SimEngine } from './engine/engine.ts';
export type { Refusal, Sequence, SequenceListener, SequenceRequest } from './engine/sequence.ts';
export type { SimClock } from './engine/sim-clock.ts';
export type { Speed } from './engine/speed.ts';
export { type Fault, fault, formatFault } from './options/fault.ts';
export { type SimOptionDescriptor, simOptionDescriptors } from './options/option-descriptors.ts';
export { type ResolvedSimOptions, type SimOptions, simOptions } from './options/sim-options.ts';
export { createSimServer, type SimServer } from './server/create-sim-server.ts';
