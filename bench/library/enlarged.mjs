/** Adds to the seeded library an album of the maximum size, and playlists. They are made once and kept with it. */
import mongoose from 'mongoose';
import { join } from 'node:path';
import { DIST } from './processes.mjs';

const TITLE = 'A large album';
const TRACKS = 500;
const PLAYLISTS = 50;
const ENTRIES = 20;
const ACCOUNT = { email: 'bench@example.com', password: 'only for measuring' };

/** Ids for queries: `{ albums, songs, largeAlbum }`. */
export async function enlarge(url, uri) {
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  try {
    const [albums, songs] = ['albums', 'songs'].map((name) => client.db().collection(name));
    const of = async (collection) => (await collection.find({}, { projection: { _id: 1 } }).limit(500).toArray()).map(({ _id }) => String(_id));
    const largeAlbum = (await albums.findOne({ title: TITLE }))?._id ?? (await grow(albums, songs));
    const songIds = await of(songs);
    await fillPlaylists(url, songIds);
    return { albums: await of(albums), songs: songIds, largeAlbum: String(largeAlbum) };
  } finally {
    await client.close();
  }
}

async function grow(albums, songs) {
  const album = { ...(await albums.findOne({})), _id: new mongoose.Types.ObjectId(), title: TITLE };
  const copy = (song, i) => ({ ...song, _id: new mongoose.Types.ObjectId(), albumId: album._id, uniqueSha256: `large${i}`, trackNumber: i + 1 });
  const some = await songs.find({}).limit(TRACKS).toArray();
  await songs.insertMany(some.map(copy));
  await albums.insertOne(album);
  return album._id;
}

async function fillPlaylists(url, songIds) {
  const { ApiClient } = await import(join(DIST, 'cli/api-client.js'));
  const api = new ApiClient(url);
  await api.login(ACCOUNT.email, ACCOUNT.password);
  const { playlists } = await api.ask('{ playlists(first: 1) { totalCount } }');
  for (let i = playlists.totalCount; i < PLAYLISTS; i++) {
    const input = { title: `List ${i}`, description: 'words '.repeat(333), visibility: 'PUBLIC' };
    const { createPlaylist } = await api.ask('mutation ($input: CreatePlaylistInput!) { createPlaylist(input: $input) { id } }', { input });
    const chosen = songIds.slice(i * 5, i * 5 + ENTRIES);
    await api.ask('mutation ($id: ID!, $songs: [ID!]!) { addToPlaylist(playlistId: $id, songIds: $songs) { id } }', { id: createPlaylist.id, songs: chosen });
  }
}
