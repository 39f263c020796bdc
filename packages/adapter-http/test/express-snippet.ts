import express from 'express';
import { expressGateway } from '../src/express.ts';
import { createGateway } from '../src/index.ts';
import { scheduler } from './rig/some-scheduler.ts';

const gateway = createGateway({ scheduler });
const app = express();
app.use(expressGateway(gateway));
await scheduler.start();
app.listen(8080);
