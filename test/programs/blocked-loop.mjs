/** A watched process that blocks its own event loop; its own output appears only when the loop runs again. */
import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { compiled } from './compiled.mjs';

const { EventLoopWatch } = await compiled('platform/metrics/event-loop-watch.service.js');
const registry = new Registry();
const watch = new EventLoopWatch({ LOG_FORMAT: 'json' }, registry);
watch.onModuleInit();
const alive = setInterval(() => undefined, 1_000);
await once(watch.worker, 'online');
await sleep(1_000);
watch.running = 'query search';
const until = Date.now() + 3_000;
while (Date.now() < until);
console.log(JSON.stringify({ unblocked: Date.now() }));
watch.running = '';
await sleep(1_000);
console.log(JSON.stringify({ metrics: await registry.metrics() }));
clearInterval(alive);
await watch.onApplicationShutdown();
