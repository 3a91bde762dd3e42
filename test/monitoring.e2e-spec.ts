import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { AudioFiles } from './support/audio-files.js';
import { groupedBy, questionsOf, readDashboard, seriesIn } from './support/dashboard.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { Prometheus, RULES } from './support/prometheus.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';

/** Labels of series that appear only after events that this spec does not cause, or with a configured CDN. */
const RARE: Record<string, string[]> = {
  uploads_refused_total: ['code'],
  webhook_deliveries_total: ['outcome'],
  capacity_used_ratio: ['limit'],
  edge_check_up: ['kind'],
  edge_pending_purges: [],
};
/** Series that Prometheus itself adds. */
const OF_PROMETHEUS: Record<string, string[]> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
};
const EVERYWHERE = ['job', 'instance', 'le'];
const UNIT = /_(total|seconds|bytes|jobs|sockets|subscriptions|deliveries|purges|songs|ratio)$/;
/** A state is 0 or 1; `media_missing` counts different things. */
const WITHOUT_UNIT = [
  'edge_check_cacheable',
  'edge_check_up',
  'health_up',
  'media_check_halted',
  'media_missing',
];

const questions = questionsOf(readDashboard());
const rules = [...readFileSync(RULES, 'utf8').matchAll(/expr: (?:>-\n((?: {10}.*\n)+)|(.*))/g)].map(
  ([, folded, plain]) => ({ title: 'alerts.yml', expr: folded ?? plain! }),
);

const files = AudioFiles.open();
let server: TestServer;
let admin: ApiClient;
let prometheus: Prometheus;
let text: string;

beforeAll(async () => {
  server = await TestServer.start({ SELF_CHECK_SECONDS: '1' });
  prometheus = await Prometheus.open(new URL(server.url).host);
  admin = await server.admin();
  const song = await uploadSong(admin, await files.make('tone.flac'));
  await ready(admin, song.id);
  const { masterPlaylist, qualities } = await sourcesOf(admin, song.id);
  for (const url of [masterPlaylist!, ...qualities.map(({ url }) => url)]) await (await fetch(url)).text();
  // The first scrape starts the checks and a later one shows their results; the self-check has run once by then.
  text = await eventually(async () => {
    const shown = await (await fetch(`${server.url}/metrics`)).text();
    return /health_up\{part="ffmpeg"\} 1/.test(shown) && /^media_missing\{/m.test(shown) && shown;
  });
}, 120_000);

afterAll(async () => {
  await prometheus?.close();
  await server?.close();
});

describe('a Prometheus that scrapes a server', () => {
  it('evaluates every rule without an error, and no alert fires on a healthy server', async () => {
    const evaluated = await eventually(async () => {
      const all = await prometheus.rules();
      return all.length === rules.length && all.every(({ health }) => health !== 'unknown') && all;
    });
    expect(evaluated.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
    expect(evaluated.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
  });

  it.each(questions)('answers the query of the panel "$title": $expr', async ({ expr }) => {
    await expect(prometheus.series(expr)).resolves.toBeGreaterThanOrEqual(0);
  });

  it('has data of this server for every panel', async () => {
    const rare = new RegExp(`${Object.keys(RARE).join('|')}|ALERTS|[45]xx`);
    const empty = await eventually(async () => {
      const asked = questions.filter(({ expr }) => !rare.test(expr));
      const found = await Promise.all(
        asked.map(async (q) => ({ ...q, series: await prometheus.series(q.expr) })),
      );
      const without = found.filter(({ series }) => series === 0).map(({ title }) => title);
      return without.length === 0 && ['none'];
    });
    expect(empty).toEqual(['none']);
  });
});

describe('every query of the dashboard and the alerts', () => {
  /** Labels of each series in /metrics, by its name. */
  const known = () => {
    const labels = new Map<string, Set<string>>();
    for (const [, name, chosen = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
      const of = labels.get(name!) ?? new Set(EVERYWHERE);
      for (const [, label] of chosen.matchAll(/(\w+)="/g)) of.add(label!);
      labels.set(name!, of);
    }
    for (const [name, of] of Object.entries({ ...RARE, ...OF_PROMETHEUS }))
      labels.set(name, new Set([...EVERYWHERE, ...of]));
    return labels;
  };

  it.each([...questions, ...rules])('uses existing series and labels: $title $expr', ({ expr }) => {
    const labels = known();
    const series = seriesIn(expr);
    expect(series.length).toBeGreaterThan(0);
    expect(series.filter(({ name }) => !labels.has(name)).map(({ name }) => name)).toEqual([]);
    expect(
      series.flatMap(({ name, labels: chosen }) => chosen.filter((l) => !labels.get(name)!.has(l))),
    ).toEqual([]);
    const all = new Set(series.flatMap(({ name }) => [...labels.get(name)!]));
    expect(groupedBy(expr).filter((label) => !all.has(label))).toEqual([]);
  });
});

describe('the metrics of a server', () => {
  it('have the status of each part of /health, and the free space', () => {
    const parts = [...text.matchAll(/^health_up\{part="(\w+)"\} 1$/gm)].map(([, part]) => part);
    expect(parts.sort()).toEqual(['database', 'disk', 'ffmpeg', 'redis', 'storage']);
    expect(text).toMatch(/^data_disk_free_bytes [1-9]/m);
    expect(text).toMatch(/^data_disk_size_bytes [1-9]/m);
  });

  it('have a help text and, unless they are a state, a unit suffix each', () => {
    const ours = [...text.matchAll(/^# HELP (?!process_|nodejs_)(\w+) (.*)$/gm)];
    expect(ours.length).toBeGreaterThan(20);
    for (const [, name, help] of ours) {
      expect(WITHOUT_UNIT.includes(name!) || UNIT.test(name!) ? 'named well' : name).toBe('named well');
      expect(help).toMatch(/^[A-Z].{20,}\.$/);
    }
  });

  it('have a counter of failed songs from the start, so that the first failure is an increase', () => {
    expect(text).toMatch(/^songs_given_up_total 0$/m);
  });
});
