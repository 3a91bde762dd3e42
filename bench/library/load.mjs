/** N clients that send a query, wait for the answer, perhaps pause, and repeat, for a bounded time. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** `ask` creates the body of the next request; `pauseMs` is the average pause before it. Latencies are in milliseconds. */
export async function load(url, clients, seconds, ask, pauseMs = 0) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const latencies = [];
  const until = performance.now() + seconds * 1000;
  let errors = 0;
  const client = async () => {
    while (performance.now() < until) {
      // Random pauses, so that clients do not synchronise.
      if (pauseMs) await sleep(2 * pauseMs * Math.random());
      const body = JSON.stringify(ask());
      const start = performance.now();
      const answer = await post(url, agent, body);
      latencies.push(performance.now() - start);
      if (answer.includes('"errors":')) errors++;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const took = (performance.now() - start) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  return {
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: latencies.at(-1),
    rate: latencies.length / took,
    answers: latencies.length,
    errors,
  };
}

export async function askOnce(url, body) {
  return JSON.parse(await post(url, undefined, JSON.stringify(body)));
}

function post(url, agent, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => (text += piece));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
