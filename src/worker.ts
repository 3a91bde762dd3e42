import { openDoors } from './http-server.js';
import { openHouse } from './bootstrap.js';
import { WorkerModule } from './worker.module.js';

await openHouse(WorkerModule.of.bind(WorkerModule), async ({ app, config }) => {
  if (config.WORKER_PORT !== undefined) await openDoors(app, config.WORKER_PORT, config.HOST);
});
