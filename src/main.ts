import { AppModule } from './app.module.js';
import { listen } from './http-server.js';
import { drainLimits, bootstrap } from './bootstrap.js';

await bootstrap(
  AppModule.forRoot.bind(AppModule),
  ({ app, config }) => listen(app, config.PORT, config.HOST),
  drainLimits,
);
