import { AppModule } from './app.module.js';
import { openDoors } from './doors.js';
import { drainLimits, openHouse } from './open-house.js';

await openHouse(
  AppModule.of.bind(AppModule),
  ({ app, config }) => openDoors(app, config.PORT, config.HOST),
  drainLimits,
);
