import { library } from '../../.workspace/tsup.ts';

export default library();
