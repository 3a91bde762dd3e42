import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { readDashboard, type Panel } from './support/dashboard.js';
import { promtool, RULES } from './support/prometheus.js';
import { tempDir } from './support/temp-dir.js';

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const TESTS = 'deploy/prometheus/alerts.test.yml';
const rules = (load(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (g) => g.rules,
);
const alerts = rules.map(({ alert }) => alert);
const manual = readFileSync('docs/operations.md', 'utf8');
const folder = tempDir('alerts');

describe('deploy/prometheus', () => {
  it.each([
    ['prometheus.yml', ['check', 'config', 'deploy/prometheus/prometheus.yml']],
    ['alerts.yml', ['check', 'rules', RULES]],
    ['every alert where it should fire and where it should be silent', ['test', 'rules', TESTS]],
  ])('promtool accepts %s', (_what, args) => {
    const { accepted, said } = promtool(...args);
    expect(accepted ? '' : said).toBe('');
  });

  it.each([
    ['never fired', 'vector(0) > 1'],
    ['always fired', 'vector(1)'],
  ])('the tests of every alert would notice if it %s', (_what, expr) => {
    const broken = rules.map(({ alert }) => ({ alert, expr }));
    writeFileSync(
      join(folder, 'alerts.yml'),
      JSON.stringify({ groups: [{ name: 'broken', rules: broken }] }),
    );
    cpSync(TESTS, join(folder, 'alerts.test.yml'));
    const { accepted, said } = promtool('test', 'rules', join(folder, 'alerts.test.yml'));
    expect(accepted).toBe(false);
    expect(alerts.filter((alert) => !said.includes(`alertname=\\"${alert}\\"`))).toEqual([]);
  });

  it.each(rules)('$alert explains itself to the operator on call', ({ alert, labels, annotations }) => {
    expect(labels['severity']).toMatch(/^(critical|warning)$/);
    expect(annotations['summary']).toMatch(/^[A-Z].+\.$/);
    expect(annotations['description']!.length).toBeGreaterThan(annotations['summary']!.length / 2);
    expect(annotations['runbook']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('has a heading in the manual for every alert, and no heading without its alert', () => {
    const chapter = /^## What each alert means\n([\s\S]*?)^## /m.exec(manual)?.[1] ?? '';
    const headings = [...chapter.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.sort()).toEqual([...alerts].sort());
  });
});

describe('deploy/grafana/music.json', () => {
  const { panels, templating, annotations } = readDashboard();
  const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

  it('has panels with unique ids that neither overlap nor exceed the grid', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const pairs = panels.flatMap((a, i) => panels.slice(i + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => overlap(a, b)).map(([a, b]) => [a.title, b.title])).toEqual([]);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  it('uses only the data source variable', () => {
    const named = JSON.stringify([panels, annotations]).matchAll(/"uid":"([^"]+)"/g);
    expect([...new Set([...named].map(([, uid]) => uid))]).toEqual(['${datasource}']);
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
  });

  it('has a description and a query in every panel', () => {
    const shown = panels.filter(({ type }) => type !== 'row');
    expect(
      shown.filter(({ description, targets }) => !description?.endsWith('.') || !targets?.length),
    ).toEqual([]);
  });

  it('is provisioned in Grafana under the path at which docker-compose.yml mounts it', () => {
    const { providers } = load(readFileSync('deploy/grafana/provisioning/dashboards/music.yml', 'utf8')) as {
      providers: { options: { path: string } }[];
    };
    expect(readFileSync('docker-compose.yml', 'utf8')).toContain(
      `./deploy/grafana/music.json:${providers[0]!.options.path}/music.json:ro`,
    );
  });
});
