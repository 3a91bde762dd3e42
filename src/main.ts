import { AppModule } from './app.module.js';
import { openDoors } from './http-server.js';
import { drainLimits, openHouse } from './bootstrap.js';

await openHouse(
  AppModule.of.bind(AppModule),
  ({ app, config }) => openDoors(app, config.PORT, config.HOST),
  drainLimits,
);
