/** The queries of the clients; each `ask` creates one request. */
import { askOnce } from './load.mjs';

const SONG = 'id title artist albumTitle durationSeconds createdAt processing { state }';
const PAGE = `edges { cursor node { ${SONG} } } pageInfo { hasNextPage endCursor }`;
/** Search texts as people type them, letter by letter and whole, from common beginnings to words that do not occur. */
const TYPED = [
  'a',
  'th',
  'the',
  'lo',
  'love',
  'love in',
  'the night',
  'n',
  'ni',
  'nig',
  'night of the',
  'ba',
  'kari',
  'zo',
  'dream rem',
  'my a t',
  'xylophone',
];

export async function questions(url, uri, count) {
  const deep = await cursorAt(url, Math.min(5_000, Math.floor(count / 2)));
  const albums = await someAlbums(url);
  const deepSearch = await searchCursorAt(url, 1_000);
  return [
    { name: 'songs(first: 20)', ask: () => ({ query: `{ songs(first: 20) { ${PAGE} } }` }) },
    {
      name: 'songs(first: 20), counted',
      ask: () => ({ query: `{ songs(first: 20) { totalCount ${PAGE} } }` }),
    },
    {
      name: 'songs, a deep cursor',
      ask: () => ({
        query: `query ($after: String) { songs(first: 20, after: $after) { ${PAGE} } }`,
        variables: { after: deep },
      }),
    },
    {
      name: 'an album with its tracks',
      ask: turns(albums, (id) => ({
        query: `query ($id: ID!) { album(id: $id) { id title artist state tracks { ${SONG} discNumber trackNumber } } }`,
        variables: { id },
      })),
    },
    {
      name: 'songs(search:)',
      ask: turns(TYPED, (query) => ({
        query: `query ($query: String) { songs(first: 20, search: $query) { ${PAGE} } }`,
        variables: { query },
      })),
    },
    {
      name: 'search, songs and artists',
      ask: turns(TYPED, (query) => ({
        query: `query ($query: String!) { search(query: $query) { songs(first: 20) { ${PAGE} } artists(first: 5) { edges { node { id name } } } } }`,
        variables: { query },
      })),
    },
    {
      name: 'search, a deep cursor',
      ask: () => ({
        query: `query ($after: String) { search(query: "the") { songs(first: 20, after: $after) { ${PAGE} } } }`,
        variables: { after: deepSearch },
      }),
    },
  ];
}

function turns(things, make) {
  let turn = 0;
  return () => make(things[turn++ % things.length]);
}

async function someAlbums(url) {
  const { data } = await askOnce(url, { query: '{ albums(first: 100) { edges { node { id } } } }' });
  return data.albums.edges.map(({ node }) => node.id);
}

async function cursorAt(url, place) {
  let after = null;
  for (let seen = 0; seen < place; seen += 100) {
    const { data } = await askOnce(url, {
      query: 'query ($after: String) { songs(first: 100, after: $after) { pageInfo { endCursor } } }',
      variables: { after },
    });
    after = data.songs.pageInfo.endCursor;
  }
  return after;
}

async function searchCursorAt(url, place) {
  let after = null;
  for (let seen = 0; seen < place; seen += 100) {
    const { data } = await askOnce(url, {
      query:
        'query ($after: String) { search(query: "the") { songs(first: 100, after: $after) { pageInfo { endCursor hasNextPage } } } }',
      variables: { after },
    });
    after = data.search.songs.pageInfo.endCursor;
    if (!data.search.songs.pageInfo.hasNextPage) break;
  }
  return after;
}
