import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../../src/cli/api-client.js';
import { freePort } from '../support/free-port.js';
import { TestServer } from '../support/test-server.js';
import { LoadBalancer } from '../support/load-balancer.js';
import { uploadSong } from '../support/songs.js';
import { startSharedServices, type SharedServices } from '../support/backing-services.js';
import { report } from './fault-row.js';
import { TestSongs } from './test-songs.js';
import { tempDir } from '../support/temp-dir.js';

const RESTARTS = 12;
const READERS = 4;
/** One account sends the requests of a thousand, so the limits per account are raised. */
const UNBOUNDED = {
  GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE: '1000000000',
  GRAPHQL_COST_PER_ADDRESS_AND_MINUTE: '1000000000',
};

describe('two APIs behind nginx, restarted in turn under load,', () => {
  let songs: TestSongs;
  let services: SharedServices;
  const dataDir = tempDir('fault');
  let apis: TestServer[];
  let balancer: LoadBalancer;
  let ports: number[];

  beforeAll(async () => {
    songs = await TestSongs.open(3);
    services = await startSharedServices();
    ports = [await freePort(), await freePort()];
    apis = await Promise.all(ports.map(openApi));
    balancer = await LoadBalancer.open(apis.map(({ url }) => url));
  });

  afterAll(async () => {
    await balancer?.close();
    await Promise.all((apis ?? []).map((api) => api.close()));
    await services?.stop();
  });

  const openApi = (port: number): Promise<TestServer> =>
    TestServer.start(
      { ...services.env, ...UNBOUNDED, WORKER: 'none', PORT: String(port), SHUTDOWN_DRAIN_SECONDS: '2' },
      'main.js',
      dataDir,
    );

  it(`answer every request through ${RESTARTS} restarts`, async () => {
    const { currentToken } = await apis[0]!.admin();
    const failures: string[] = [];
    let answered = 0;
    let running = true;
    const keepAsking = async (ask: () => Promise<unknown>, pauseMs: number): Promise<void> => {
      while (running) {
        await ask().then(
          () => (answered += 1),
          (error: unknown) => failures.push(`${String(error)}\n${balancer.complaints.slice(-4).join('\n')}`),
        );
        await sleep(pauseMs);
      }
    };
    const client = new ApiClient(balancer.url, currentToken);
    const load = [
      ...Array.from({ length: READERS }, () =>
        keepAsking(() => client.ask('{ songs(first: 1) { totalCount } }'), 25),
      ),
      keepAsking(async () => uploadSong(client, (await songs.next()).path), 300),
    ];
    const recovered: number[] = [];
    for (let restart = 0; restart < RESTARTS; restart++) {
      const [which, began] = [restart % 2, Date.now()];
      await apis[which]!.close();
      apis[which] = await openApi(ports[which]!);
      recovered.push((Date.now() - began) / 1000);
      // nginx retries a server one second after it refused a connection.
      await sleep(1_100);
    }
    running = false;
    await Promise.all(load);
    await report(16, {
      fault: '`SIGTERM` of two APIs in turn behind nginx under load (requests), until it serves again',
      tries: RESTARTS,
      acknowledged: answered,
      lost: failures.length,
      recovered,
    });
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(500);
  });
});
