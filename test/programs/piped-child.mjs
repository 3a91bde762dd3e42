/** Starts a child that dies with this process through a pipe, and sends the id of its process group. */
import { compiled } from './compiled.mjs';

const { spawnWatchingPipe } = await compiled('platform/backing-services/die-with-parent.js');
const child = spawnWatchingPipe('sleep', ['60'], '/');
setTimeout(() => process.send({ leader: child.pid }), 200);
setInterval(() => undefined, 1_000);
