/**
 * Many clients of graphql-ws in one process, which is controlled and answers by messages to and from its parent:
 * `{ url, sockets, addresses, subscriptions, query, variables, atOnce }` opens them, from `addresses` loopback addresses
 * of their own (127.1.0.1 and on). The answer is `{ opened, refused: { code: count }, subscribed, ms }`; each later
 * `{ until: text }` is answered by `{ served, lastAt }` when every open subscription has had a message with that text.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const OPEN_TIMEOUT_MS = 60_000;

/** Starts a crowd. `ask(message)` resolves to its answer, `end()` when the process has ended. */
export function startCrowd() {
  const child = fork(fileURLToPath(import.meta.url), ['crowd'], { execArgv: [] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        void gone.then(() => reject(new Error('the crowd has ended')));
        child.send(message);
      }),
    end: () => (child.kill('SIGKILL'), gone),
  };
}

const addressOf = (i) => `127.1.${Math.floor(i / 250)}.${1 + (i % 250)}`;

class Crowd {
  sockets = [];
  refused = {};
  subscribed = 0;
  /** The latest message of each subscription. */
  latest = new Map();
  waiting = null;

  async open({ url, sockets, addresses, subscriptions, query, variables = {}, atOnce = 200 }) {
    const began = Date.now();
    let next = 0;
    const payload = { query, variables };
    const work = async () => {
      while (next < sockets) {
        const i = next;
        next += 1;
        await this.openOne(url, addressOf(i % addresses), i, subscriptions, payload);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const opened = this.sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    return { opened, refused: this.refused, subscribed: this.latest.size, ms: Date.now() - began };
  }

  openOne(url, localAddress, i, subscriptions, payload) {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { localAddress });
      const timer = setTimeout(resolve, OPEN_TIMEOUT_MS);
      const done = () => (clearTimeout(timer), resolve());
      const refuse = (code) => {
        this.refused[code] = (this.refused[code] ?? 0) + 1;
        done();
      };
      let answered = 0;
      socket.on('unexpected-response', (_request, response) => (response.resume(), refuse(response.statusCode)));
      socket.on('error', (error) => error.code && refuse(error.code));
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
      socket.on('close', done);
      socket.on('message', (data) => {
        const message = String(data);
        const { type, id, payload: given } = JSON.parse(message);
        if (type === 'connection_ack') {
          this.sockets.push(socket);
          for (let n = 0; n < subscriptions; n += 1)
            socket.send(JSON.stringify({ type: 'subscribe', id: `${i}-${n}`, payload }));
        } else if (type === 'next') {
          this.latest.set(id, message);
          this.look(id, message);
        } else if (type === 'error') {
          const code = given[0]?.extensions?.code;
          this.refused[code] = (this.refused[code] ?? 0) + 1;
        }
        if (type === 'next' || type === 'error') answered += 1;
        if (answered === subscriptions) done();
      });
    });
  }

  until({ until }) {
    return new Promise((resolve) => {
      this.waiting = { text: until, had: new Set(), resolve };
      for (const [id, message] of this.latest) this.look(id, message);
    });
  }

  look(id, message) {
    const { waiting, latest } = this;
    if (!waiting?.text || !message.includes(waiting.text)) return;
    waiting.had.add(id);
    if (waiting.had.size < latest.size) return;
    this.waiting = null;
    waiting.resolve({ served: waiting.had.size, lastAt: Date.now() });
  }
}

if (process.argv[2] === 'crowd') {
  const crowd = new Crowd();
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (message) => {
    process.send(await (message.until ? crowd.until(message) : crowd.open(message)));
  });
}
