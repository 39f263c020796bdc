import { cp } from 'node:fs/promises';
import { library } from '../../.workspace/tsup.ts';

export default {
  ...library({
    index: 'src/index.ts',
    admin: 'src/admin/index.ts',
    node: 'src/node.ts',
    fastify: 'src/fastify.ts',
    hono: 'src/hono.ts',
    express: 'src/express.ts',
  }),
  // The live page is put together from these when it is first asked for.
  onSuccess: () => cp('src/admin/page/assets', 'dist/assets', { recursive: true }),
};
