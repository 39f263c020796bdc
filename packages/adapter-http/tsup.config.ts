import { library } from '../../.workspace/tsup.ts';

export default library({
  index: 'src/index.ts',
  node: 'src/node.ts',
  fastify: 'src/fastify.ts',
  hono: 'src/hono.ts',
  express: 'src/express.ts',
});
