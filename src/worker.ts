import { listen } from './http-server.js';
import { bootstrap } from './bootstrap.js';
import { WorkerModule } from './worker.module.js';

await bootstrap(WorkerModule.forRoot.bind(WorkerModule), async ({ app, config }) => {
  if (config.WORKER_PORT !== undefined) await listen(app, config.WORKER_PORT, config.HOST);
});
