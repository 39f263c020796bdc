import { library } from '../../.workspace/tsup.ts';

export default library({ index: 'src/index.ts', tracing: 'src/tracing/index.ts' });
