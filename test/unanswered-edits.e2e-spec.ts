import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setArtwork } from './support/albums.js';
import { makeSong } from './support/audio-fixtures.js';
import { CuttingProxy, type Cut } from './support/cutting-proxy.js';
import { TestServer } from './support/test-server.js';
import { codeOf, login, me, newPerson } from './support/account-clients.js';
import { add, newListener, newPlaylist, whole } from './support/playlists.js';
import { deleteSong, isGone, replaceAudio, statusOf } from './support/song-edits.js';
import { songOf, sourcesOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const at =
  (name: string, target: string, says = ''): Cut['at'] =>
  (command) =>
    command.name === name && command.target === target && command.text.includes(says);

describe.each<[string, Pick<Cut, 'moment' | 'lateMs'>]>([
  ['executes the command but loses the reply', { moment: 'after' }],
  ['executes the command after the connection was cut', { moment: 'late', lateMs: 700 }],
])('when the database %s, an edit', (_fault, how) => {
  let services: SharedServices;
  let proxy: CuttingProxy;
  const folder = tempDir('edits');
  let dataDir: string;
  let api: TestServer;
  let admin: ApiClient;
  let songId: string;

  beforeAll(async () => {
    dataDir = join(folder, 'data');
    services = await startSharedServices();
    proxy = await CuttingProxy.database(services.env.MONGODB_URI);
    api = await TestServer.start(
      { ...services.env, MONGODB_URI: proxy.url, WORKER: 'none' },
      'main.js',
      dataDir,
    );
    admin = await api.admin();
    songId = (await uploadSong(admin, await makeSong(folder, 'song.mp3', 1.5))).id;
  });

  afterAll(async () => {
    await api?.close();
    proxy?.close();
    await services?.stop();
  });

  /** Runs `edit` while the matching command meets the fault, and waits for the end of both. Resolves like `edit`. */
  async function withLostReply<T>(command: Cut['at'], edit: () => Promise<T>): Promise<T> {
    const cut = proxy.cut({ ...how, at: command });
    const [done] = await Promise.all([edit(), cut]);
    return done;
  }

  async function picture(): Promise<string> {
    const path = join(folder, 'cover.jpg');
    await sharp({ create: { width: 200, height: 200, channels: 3, background: '#0000ff' } })
      .jpeg()
      .toFile(path);
    return path;
  }

  it('replaces the audio of a song once', async () => {
    const longer = await makeSong(folder, 'longer.mp3', 3);
    await sourcesOf(admin, songId);
    const song = await withLostReply(at('findAndModify', 'songs', 'original'), () =>
      replaceAudio(admin, songId, longer),
    );
    expect(song.durationSeconds).toBeCloseTo(3, 0);
    const { fallbackUrl, durationSeconds } = await sourcesOf(admin, songId);
    expect(durationSeconds).toBeCloseTo(3, 0);
    expect(await statusOf(fallbackUrl)).toBe(200);
  });

  it('sets the cover of a song', async () => {
    const path = await picture();
    await withLostReply(at('findAndModify', 'songs', 'artwork'), () =>
      admin.upload(
        'mutation ($songId: ID!, $file: Upload!) { setSongArtwork(songId: $songId, file: $file) { id } }',
        path,
        { songId },
      ),
    );
    const { artwork } = await songOf(admin, songId);
    expect(await statusOf(artwork!.images[0]!.url)).toBe(200);
  });

  it('creates exactly one album, and sets its cover', async () => {
    const album = await withLostReply(at('insert', 'albums'), () => createAlbum(admin, { title: 'Once' }));
    const { albums } = await admin.ask<{ albums: { edges: unknown[] } }>(
      '{ albums { edges { node { id } } } }',
    );
    expect(albums.edges).toHaveLength(1);
    const path = await picture();
    const { artwork } = await withLostReply(at('findAndModify', 'albums', 'artwork'), () =>
      setArtwork(admin, album.id, path),
    );
    expect(await statusOf(artwork!.images[0]!.url)).toBe(200);
  });

  it('creates exactly one playlist, and adds each song once', async () => {
    const list = await withLostReply(at('insert', 'playlists'), () => newPlaylist(admin));
    await add(admin, list, [songId]);
    await withLostReply(at('insert', 'playlist_entries'), () => add(admin, list, [songId, songId, songId]));
    const { entries, totalCount } = await whole(admin, list);
    expect(entries).toHaveLength(4);
    expect(totalCount).toBe(4);
  });

  it('creates exactly one webhook with its secret, one valid access token, and one account', async () => {
    const { createWebhook } = await withLostReply(at('insert', 'webhooks'), () =>
      admin.ask<{ createWebhook: { secret: string } }>(
        'mutation { createWebhook(url: "https://example.com/hook", events: [SONG_READY]) { secret } }',
      ),
    );
    expect(createWebhook.secret).toMatch(/^whsec_/);
    const { webhooks } = await admin.ask<{ webhooks: unknown[] }>('{ webhooks { id } }');
    expect(webhooks).toHaveLength(1);
    const { createAccessToken } = await withLostReply(at('insert', 'access_tokens'), () =>
      admin.ask<{ createAccessToken: { token: string } }>(
        'mutation { createAccessToken(name: "script", scope: UPLOAD) { token } }',
      ),
    );
    expect(createAccessToken.token).toBeTruthy();
    const listener = await withLostReply(at('insert', 'users'), () => newListener(api, 'somebody'));
    expect(listener.id).toBeTruthy();
  });

  it('changes a role, suspends and reinstates an account', async () => {
    const { id, ...person } = await newPerson(api.url);
    const change = (edit: string) => admin.ask(`mutation { ${edit} { id } }`);
    const accounts = () => codeOf(new ApiClient(api.url, person.token).ask('{ accounts { totalCount } }'));
    const edit = (text: string) => withLostReply(at('findAndModify', 'users'), () => change(text));
    await edit(`changeRole(accountId: "${id}", role: ADMIN)`);
    expect(await accounts()).toBe('OK');
    // An administrator who loses the role is marked first, because one administrator must remain.
    await withLostReply(at('update', 'users', 'leavingAdminAt'), () =>
      change(`changeRole(accountId: "${id}", role: LISTENER)`),
    );
    expect(await accounts()).toBe('FORBIDDEN');
    await change(`changeRole(accountId: "${id}", role: ADMIN)`);
    await edit(`changeRole(accountId: "${id}", role: LISTENER)`);
    expect(await accounts()).toBe('FORBIDDEN');
    await edit(`suspendAccount(accountId: "${id}")`);
    expect(await accounts()).toBe('ACCOUNT_SUSPENDED');
    await edit(`reinstateAccount(accountId: "${id}")`);
    const again = new ApiClient(api.url, await login(api.url, person.email));
    expect(await me(again)).toMatchObject({ id, role: 'LISTENER' });
  });

  it('deletes a song, its files and its cached answers', async () => {
    await sourcesOf(admin, songId);
    await withLostReply(at('delete', 'songs'), () => deleteSong(admin, songId));
    await expect(sourcesOf(admin, songId)).rejects.toThrow(/does not exist/);
    expect(await isGone(join(dataDir, 'media', 'songs', songId))).toBe(true);
  });
});
