import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { TestServer } from './support/test-server.js';
import { LoadBalancer } from './support/load-balancer.js';
import { uploadSong } from './support/songs.js';
import { closeAllClients, socketClient } from './support/subscribers.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const CLIENTS = 8;

describe('Socket.io clients of two APIs behind a round-robin balancer', () => {
  let services: SharedServices;
  let apis: TestServer[];
  let balancer: LoadBalancer;
  const folder = tempDir('balanced');

  beforeAll(async () => {
    services = await startSharedServices();
    apis = await Promise.all(
      [1, 2].map(() => TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', folder)),
    );
    balancer = await LoadBalancer.open(apis.map(({ url }) => url));
  });

  afterAll(async () => {
    closeAllClients();
    await balancer?.close();
    await Promise.all((apis ?? []).map((api) => api.close()));
    await services?.stop();
  });

  it('all connect, to both APIs, and get events of a song that changes at either', async () => {
    const admin = new ApiClient(balancer.url, (await apis[0]!.admin()).currentToken);
    const { id } = await uploadSong(admin, await makeSong(folder, 'heard.mp3', 3));
    const listeners = Array.from({ length: CLIENTS }, () => socketClient(balancer.url));
    for (const { socket } of listeners) socket.emit('library');
    await Promise.all(listeners.map(({ until }) => until('library')));
    await admin.ask('mutation ($id: ID!) { updateSong(id: $id, input: { title: "Heard" }) { id } }', { id });
    await Promise.all(listeners.map(({ until }) => until('library.changed')));
    const held = await Promise.all(apis.map(socketsOf));
    expect(held.reduce((sum, sockets) => sum + sockets, 0)).toBe(CLIENTS);
    expect(Math.min(...held)).toBeGreaterThan(0);
  });
});

/** The number of Socket.io clients that are connected to an API. */
async function socketsOf({ url }: TestServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^open_sockets\{[^}]*socketio[^}]*\} (\d+)/m.exec(text)?.[1]);
}
