import { library } from '../../.workspace/tsup.ts';

export default library({
  index: 'src/index.ts',
  conformance: 'src/conformance/index.ts',
  harness: 'src/harness/index.ts',
  sim: 'src/sim/index.ts',
  state: 'src/state/index.ts',
  workload: 'src/workload/index.ts',
});
