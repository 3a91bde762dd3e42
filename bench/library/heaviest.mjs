/** Operations of many shapes, each as large as the limit allows. */
import { buildSchema, getVariableValues, parse } from 'graphql';
import { readFileSync } from 'node:fs';

const SONG =
  'id title artist albumTitle trackNumber discNumber year genre durationSeconds createdAt publishedGeneration plays ' +
  'processing { state percent attempt queuedAt startedAt finishedAt renditions { name label percent } error { code } } ' +
  'original { bytes codec contentType bitrateKbps sampleRateHz channels } generations { id bytes createdAt durationSeconds } ' +
  'artwork { placeholder dominantColour images { url width height contentType } } ' +
  'audio { peaksUrl loudness { integratedLufs trackGainDb } gapless { totalSamples } silence { leadingSeconds } }';
const WORDS = ['a', 'l', 's', 'th', 'lo', 'ba ka', 'the a', 'love', 'night of', 'n', 'da', 'ma le', 'in my', 'r', 'o d', 'xylophone'];

const SHORT = ['a b c d e f g h', 'i o u', 'a e', 's l'];
const COMMON = ['love night', 'the love', 'lo la', 'a a', 'of the'];

const times = (k, part) => Array.from({ length: k }, (_, i) => part(i)).join(' ');
const page = (fields) => `edges { cursor node { ${fields} } } pageInfo { hasNextPage endCursor }`;

/** `k` makes an operation larger; ids are of albums and songs of the library. */
export function shapes({ albums, songs, largeAlbum }) {
  const at = (list, i) => list[i % list.length];
  return [
    ['pages of songs, ids', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 100) { edges { node { id } } }`)} }`],
    ['pages of songs, all fields', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 100) { ${page(SONG)} }`)} }`],
    ['short pages of songs', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 1) { edges { node { id } } }`)} }`],
    ['pages of songs, by state, counted', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 1, state: READY) { totalCount }`)} }`],
    ['pages of songs, counted', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 1) { totalCount }`)} }`],
    ['songs(search:), counted', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 20, search: "${at(WORDS, i)}") { totalCount edges { node { id } } }`)} }`],
    ['searches for songs', (k) => `{ ${times(k, (i) => `a${i}: search(query: "${at(WORDS, i)}") { songs(first: 20) { edges { node { id } } } }`)} }`],
    ['searches for everything, counted', (k) => `{ ${times(k, (i) => `a${i}: search(query: "${at(WORDS, i)}") { songs { totalCount edges { node { id } } } albums { totalCount edges { node { id } } } artists { totalCount edges { node { id } } } }`)} }`],
    ['songs of artists', (k) => `{ ${times(k, (i) => `a${i}: search(query: "${at(WORDS, i)}") { artists(first: 50) { edges { node { songs(first: 2) { edges { node { id } } } } } } }`)} }`],
    ['artists, counted', (k) => `{ ${times(k, (i) => `a${i}: search(query: "${at(WORDS, i)}") { artists(first: 20) { edges { node { songs(first: 1) { totalCount } } } } }`)} }`],
    ['albums one by one', (k) => `{ ${times(k, (i) => `a${i}: album(id: "${at(albums, i)}") { title tracks { id title } }`)} }`],
    ['searches for many short words, counted', (k) => `{ ${times(k, (i) => `a${i}: search(query: "${at(SHORT, i)}") { songs(first: 100) { totalCount edges { node { id } } } }`)} }`],
    ['searches for two common words, counted', (k) => `{ ${times(k, (i) => `a${i}: search(query: "${at(COMMON, i)}") { songs(first: 100) { totalCount edges { node { id } } } }`)} }`],
    ['songs(search:) in a state of no song', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 100, state: FAILED, search: "${at(['th', 's', 'a'], i)}") { totalCount edges { node { id } } }`)} }`],
    ['drafts that a stranger asks for', (k) => `{ ${times(k, (i) => `a${i}: albums(first: 100, state: DRAFT) { totalCount edges { node { id } } }`)} }`],
    ['refusals below a large album', (k) => `{ album(id: "${largeAlbum}") { tracks { ${times(k, (i) => `a${i}: album { tracks { id } }`)} } } }`],
    ['songs one by one', (k) => `{ ${times(k, (i) => `a${i}: song(id: "${at(songs, i)}") { id title }`)} }`],
    ['sources one by one', (k) => `{ ${times(k, (i) => `a${i}: hlsSources(songId: "${at(songs, i)}") { masterPlaylist qualities { url name label } }`)} }`],
    ['albums with tracks', (k) => `{ ${times(k, (i) => `a${i}: albums(first: 100) { edges { node { tracks { id } } } }`)} }`],
    ['albums with their loudness', (k) => `{ ${times(k, (i) => `a${i}: albums(first: 100) { edges { node { loudness { peak } } } }`)} }`],
    ['a large album, all fields', (k) => `{ ${times(k, (i) => `a${i}: album(id: "${largeAlbum}") { tracks { ${SONG} } }`)} }`],
    ['a large album, loudness of the album of each track', (k) => `{ album(id: "${largeAlbum}") { tracks { ${times(k, (i) => `a${i}: album { loudness { peak gainDb } }`)} } } }`],
    ['songs with albums with tracks', (k) => `{ ${times(k, (i) => `a${i}: songs(first: 100) { edges { node { album { tracks { id } } } } }`)} }`],
    ['charts', (k) => `{ ${times(k, (i) => `a${i}: topSongs(period: MONTH, first: 100) { plays song { id title } }`)} }`],
    ['the schema', (k) => `{ __schema { types { name ${times(k, (i) => `a${i}: fields { name type { name } args { name } }`)} } } }`],
    ['one field of a page many times', (k) => `{ songs(first: 100) { edges { node { ${times(k, (i) => `a${i}: createdAt`)} } } } }`],
    ['covers of a page many times', (k) => `{ songs(first: 100) { edges { node { ${times(k, (i) => `a${i}: artwork { placeholder }`)} } } } }`],
    ['albums of a page many times', (k) => `{ songs(first: 100) { edges { node { ${times(k, (i) => `a${i}: album { title }`)} } } } }`],
    ['playlists with entries and covers', (k) => `{ ${times(k, (i) => `a${i}: playlists(first: 50) { edges { node { title covers { placeholder } entries(first: 20) { edges { node { song { id title } } } } } } }`)} }`],
    ['playlists with long descriptions', (k) => `{ ${times(k, (i) => `a${i}: playlists(first: 100) { edges { node { ${times(30, (j) => `b${j}: description`)} } } }`)} }`],
    ['sign-ins', (k) => `mutation { ${times(k, (i) => `a${i}: login(email: "nobody${i}@example.com", password: "not the one") { token }`)} }`],
  ];
}

/** Calculates costs with the code of the server; `dist` is its build. */
export async function costs(dist, maxCost) {
  const { operationCost } = await import(`${dist}/operation-cost/operation-cost.js`);
  const { refusalOf } = await import(`${dist}/operation-cost/operation-bounds.js`);
  const schema = buildSchema(readFileSync('schema.gql', 'utf8'));
  /** Points of an operation, or null if the server would refuse it. */
  const costOf = (query) => {
    try {
      const document = parse(query, { maxTokens: 3_000 });
      const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], {});
      const counted = operationCost(schema, document, operation, coerced);
      return refusalOf(counted, operation, maxCost) ? null : counted.cost;
    } catch {
      return null;
    }
  };
  /** The largest `k` that is allowed. */
  const largest = (query) => {
    let [low, high] = [0, 1_000];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (costOf(query(middle)) === null) high = middle - 1;
      else low = middle;
    }
    return low;
  };
  return { costOf, largest };
}
