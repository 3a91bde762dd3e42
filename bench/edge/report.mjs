/** Sums up the measurements and writes the report. */

const KINDS = ['master', 'playlist', 'segment'];

/** Both sides: what listeners saw (`X-Cache`) and what the origin sent (its own metrics). */
export function totals({ played, before, after, seconds, cuts, complaints }) {
  const half = played.filter(({ at }) => at >= played.length / 2);
  const warm = afterFirst(played);
  const untouched = played.filter(({ answers }) => answers.every(({ cache }) => cache === 'HIT'));
  return {
    plays: played.length,
    cuts,
    complaints,
    seconds: Math.round(seconds),
    distinctSongs: new Set(played.map(({ song }) => song)).size,
    distinctPackages: new Set(played.map(({ song, quality }) => `${song} ${quality}`)).size,
    total: countBy(played),
    half: countBy(half),
    warm: countBy(warm),
    playsWithoutNode: share(untouched.length, played.length),
    halfPlaysWithoutNode: share(untouched.filter(({ at }) => at >= played.length / 2).length, half.length),
    origin: Object.fromEntries(
      KINDS.map((kind) => [
        kind,
        {
          requests: (after[kind]?.requests ?? 0) - (before[kind]?.requests ?? 0),
          bytes: (after[kind]?.bytes ?? 0) - (before[kind]?.bytes ?? 0),
        },
      ]),
    ),
  };
}

/** Plays of songs that were played before at the same quality: what a warm edge gets. */
function afterFirst(played) {
  const seen = new Set();
  return played
    .toSorted((a, b) => a.at - b.at)
    .filter(({ song, quality }) => seen.has(`${song} ${quality}`) || !seen.add(`${song} ${quality}`));
}

/** { segment: { requests, hit, wait, miss, failed, bytes, hitBytes }, … }; hit, wait, miss are shares, failed is a count. */
function countBy(plays) {
  return Object.fromEntries(
    KINDS.map((kind) => {
      const answers = plays.flatMap((play) => play.answers.filter((answer) => answer.kind === kind));
      const bytes = (some) => some.reduce((sum, answer) => sum + answer.bytes, 0);
      const by = (cache) => answers.filter((answer) => answer.cache === cache);
      const [hit, wait] = [by('HIT'), by('WAIT')];
      return [
        kind,
        {
          requests: answers.length,
          hit: share(hit.length, answers.length),
          wait: share(wait.length, answers.length),
          miss: share(answers.length - hit.length - wait.length, answers.length),
          failed: by('FAILED').length,
          bytes: bytes(answers),
          hitBytes: share(bytes(hit), bytes(answers)),
        },
      ];
    }),
  );
}

const share = (part, whole) => (whole === 0 ? 0 : part / whole);
const percent = (value) => `${(value * 100).toFixed(2)} %`;
const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString('en-GB', { maximumFractionDigits: 1 })} MB`;

export function tables(runs) {
  return [...runs.flatMap(listenersTable), ...originTable(runs)];
}

const named = ({ ahead, abandoned }) =>
  `read-ahead ${ahead === 0 ? 'off' : ahead > 999 ? 'whole song' : `${ahead} segments`}, ${abandoned ? 'half of the plays left early' : 'whole songs'}`;

function listenersTable(run) {
  const rows = KINDS.flatMap((kind) =>
    [['whole trace', run.total], ['second half', run.half], ['heard before', run.warm]].map(([when, { [kind]: it }]) => {
      const { requests, hit, wait, miss, failed, hitBytes } = it;
      return `| ${kind} | ${when} | ${requests} | ${percent(hit)} | ${percent(wait)} | ${percent(miss)} | ${failed} | ${percent(hitBytes)} |`;
    }),
  );
  return [
    `**${named(run)}** (${run.distinctSongs} songs, ${run.distinctPackages} of them at one quality each; ${run.seconds} s)`,
    '',
    '| kind | plays | requests | HIT | waited for a fetch | MISS or failed | failed | bytes from a HIT |',
    '| --- | --- | --: | --: | --: | --: | --: | --: |',
    ...rows,
    '',
    `Plays of which not one media request reached Node: ${percent(run.playsWithoutNode)}; in the second half ${percent(run.halfPlaysWithoutNode)}. Connections cut: ${run.cuts}; lines in nginx's error log: ${run.complaints}.`,
    '',
  ];
}

function originTable(runs) {
  const rows = runs.flatMap((run) =>
    KINDS.map((kind) => {
      const [heard, sent] = [run.total[kind], run.origin[kind]];
      return `| ${named(run)} | ${kind} | ${heard.requests} | ${sent.requests} | ${percent(1 - sent.requests / heard.requests)} | ${megabytes(heard.bytes)} | ${megabytes(sent.bytes)} | ${percent(1 - sent.bytes / heard.bytes)} |`;
    }),
  );
  return [
    '**What the origin sent** (by its own metrics, what was read ahead included)',
    '',
    '| run | kind | asked by listeners | asked of Node | spared | heard | sent by Node | spared |',
    '| --- | --- | --: | --: | --: | --: | --: | --: |',
    ...rows,
  ];
}
