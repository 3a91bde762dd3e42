/**
 * Fetches what a player will ask for next into this edge's cache: the segments behind the one it asks for now. Runs on a
 * loopback-only server that answers at once, so that no listener's connection waits for it.
 */

/** Segments. A job comes with the playlist and with every fourth segment, so less than eight would leave gaps. */
const AHEAD = Number(process.env.EDGE_READ_AHEAD || 8);
const AT_ONCE = 4;
/** How a playlist may lie in the cache. */
const FORMS = ['gzip', 'plain'];
/** Of what is held in memory, a playlist, bytes. */
const LARGE = { max_response_body_size: 4194304 };
/** Pauses before the playlist is looked for again while its own fetch is under way, milliseconds: 2.5 s together. */
const PAUSES = [5, 10, 20, 40, 80, 160, 320, 640, 1280];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Never waits on a fetch under way, and never asks the origin: what is not in the cache is 504. */
async function cachedPlaylist(r, folder) {
  for (let i = 0; i <= PAUSES.length; i++) {
    for (let form = 0; form < FORMS.length; form++) {
      const reply = await ngx.fetch(`${base(r)}/-/peek-${FORMS[form]}/${folder}playlist.m3u8`, LARGE);
      if (reply.status === 200) return reply.text();
    }
    if (i < PAUSES.length) await pause(PAUSES[i]);
  }
  return '';
}

const base = (r) => `http://127.0.0.1:${r.variables.server_port}`;

/** Names in the order of the playlist, what it maps (fMP4's init section) first. */
function namesIn(playlist) {
  const mapped = /^#EXT-X-MAP:.*URI="([^"]+)"/m.exec(playlist);
  const segments = playlist.split('\n').filter((line) => line !== '' && line[0] !== '#');
  return mapped ? [mapped[1]].concat(segments) : segments;
}

async function run(r) {
  const parts = /^\/-\/ahead\/(.*\/)([^/]+)$/.exec(r.uri);
  const folder = parts[1];
  const asked = parts[2];
  r.return(202);
  if (AHEAD === 0) return;
  // njs 0.7 takes no await inside an argument.
  const playlist = await cachedPlaylist(r, folder);
  const names = namesIn(playlist);
  // Of a playlist that was just asked for the player takes the first itself: two fetches of one object would wait for each other.
  const from = Math.max(0, names.indexOf(asked)) + 1;
  const wanted = names.slice(from, from + AHEAD);
  // The last one there means that an earlier job was here.
  if (wanted.length === 0) return;
  const last = await ngx.fetch(`${base(r)}/-/have/${folder}${wanted[wanted.length - 1]}`);
  if (last.status === 204) return;
  const lane = async () => {
    for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) {
      await ngx.fetch(`${base(r)}/-/fill/${folder}${name}`, { method: 'GET' });
    }
  };
  const lanes = [];
  for (let i = 0; i < AT_ONCE; i++) lanes.push(lane());
  await Promise.all(lanes);
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
