// What `npm start` and the other commands are preloaded with: the settings of .env, if there is one. What the environment
// has already stands. A process started by `node dist/…` itself reads its environment only.
try {
  process.loadEnvFile('.env');
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
