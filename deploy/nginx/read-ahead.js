/**
 * Fetches what a player will ask for next into this edge's cache: behind a master playlist the beginnings of all
 * qualities, behind a segment the segments after it. Runs on a loopback-only server that answers at once, so that no
 * listener's connection waits for it.
 */

/**
 * Segments: some 90 s. More than a player fetches in one go (60 s, web/src/playback/hls-settings.ts), or it would overtake
 * the job. A job comes with the playlist and with every fourth segment, so less than eight would leave gaps.
 */
const AHEAD = Number(process.env.EDGE_READ_AHEAD || 16);
const AT_ONCE = 4;
/**
 * Segments of each quality fetched behind a master playlist: 11.5 s, in which a player climbs from the quality it began
 * with, and enough that a later job is not overtaken. All qualities together cost 1.1 MB of a song.
 */
const BEGINNING = 6;
/**
 * The player asks for one quality itself right after the master: a fetch under way when it does would cost it nginx's
 * half-second look at the lock. By now it has asked, milliseconds.
 */
const GRACE = 250;
/** How a playlist may lie in the cache. */
const FORMS = ['gzip', 'plain'];
/** Of what is held in memory, a playlist, bytes. */
const LARGE = { max_response_body_size: 4194304 };
/** Pauses before the playlist is looked for again while its own fetch is under way, milliseconds: 2.5 s together. */
const PAUSES = [5, 10, 20, 40, 80, 160, 320, 640, 1280];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Never waits on a fetch under way, and never asks the origin: what is not in the cache is 504, here ''. */
async function cached(r, key) {
  for (let form = 0; form < FORMS.length; form++) {
    const reply = await ngx.fetch(`${base(r)}/-/peek-${FORMS[form]}/${key}`, LARGE);
    if (reply.status === 200) return reply.text();
  }
  return '';
}

async function soonCached(r, key) {
  for (let i = 0; i < PAUSES.length; i++) {
    const text = await cached(r, key);
    if (text) return text;
    await pause(PAUSES[i]);
  }
  return cached(r, key);
}

const base = (r) => `http://127.0.0.1:${r.variables.server_port}`;

/** Lines that are no tags are URIs (RFC 8216 4.1). */
const urisIn = (playlist) => playlist.split('\n').filter((line) => line !== '' && line[0] !== '#');

/** Names in the order of the playlist, what it maps (fMP4's init section) first. */
function namesIn(playlist) {
  const mapped = /^#EXT-X-MAP:.*URI="([^"]+)"/m.exec(playlist);
  return mapped ? [mapped[1]].concat(urisIn(playlist)) : urisIn(playlist);
}

/** Calls `each` with every item, AT_ONCE at a time. */
async function inLanes(items, each) {
  const left = items.slice();
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await each(item);
  };
  const lanes = [];
  for (let i = 0; i < AT_ONCE; i++) lanes.push(lane());
  await Promise.all(lanes);
}

async function run(r) {
  const parts = /^\/-\/ahead\/(.*\/)([^/]+)$/.exec(r.uri);
  const folder = parts[1];
  const asked = parts[2];
  r.return(202);
  if (AHEAD === 0) return;
  if (asked === 'master.m3u8') return beginnings(r, folder);
  // njs 0.7 takes no await inside an argument.
  const playlist = await soonCached(r, `${folder}playlist.m3u8`);
  const names = namesIn(playlist);
  // Of a playlist that was just asked for the player takes the first itself: two fetches of one object would wait for each other.
  const from = Math.max(0, names.indexOf(asked)) + 1;
  await bring(r, folder, names.slice(from, from + AHEAD));
}

/** Of every quality the media playlist and the first segments, so that neither choosing nor changing one waits for the origin. */
async function beginnings(r, folder) {
  await pause(GRACE);
  const master = await soonCached(r, `${folder}master.m3u8`);
  await inLanes(urisIn(master), async (uri) => {
    let playlist = await cached(r, folder + uri);
    if (!playlist) {
      await ngx.fetch(`${base(r)}/-/text/${folder}${uri}`, { headers: { 'Accept-Encoding': 'gzip' } });
      playlist = await cached(r, folder + uri);
    }
    await bring(r, folder + uri.replace(/[^/]+$/, ''), namesIn(playlist).slice(0, Math.min(BEGINNING, AHEAD)));
  });
}

/** The last one there means that an earlier job was here. */
async function bring(r, folder, names) {
  if (names.length === 0) return;
  const last = await ngx.fetch(`${base(r)}/-/have/${folder}${names[names.length - 1]}`);
  if (last.status === 204) return;
  await inLanes(names, (name) => ngx.fetch(`${base(r)}/-/fill/${folder}${name}`));
}

/** HEAD, because nginx fills its cache for it all the same and nothing has to be held in memory here. */
async function fill(r) {
  const reply = await r.subrequest(`/-/bytes/${r.uri.slice('/-/fill/'.length)}`, { method: 'HEAD' });
  r.return(reply.status === 200 ? 204 : 502);
}

async function have(r) {
  const reply = await r.subrequest(`/-/peek-bytes/${r.uri.slice('/-/have/'.length)}`, { method: 'HEAD' });
  r.return(reply.status === 200 ? 204 : 404);
}

export default { run, fill, have };
