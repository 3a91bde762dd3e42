import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';

interface Step {
  uses?: string;
  run?: string;
}
interface Job {
  'runs-on': string;
  'timeout-minutes': number;
  strategy?: { matrix: { node: string[] } };
  services?: Record<string, { image: string }>;
  env?: Record<string, string>;
  permissions?: unknown;
  steps: Step[];
}
interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const text = readFileSync('.github/workflows/ci.yml', 'utf8');
const { permissions, jobs } = load(text) as Workflow;
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const steps = Object.values(jobs).flatMap((job) => job.steps);

describe('.github/workflows/ci.yml', () => {
  it('has no permission but reading the code', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(Object.values(jobs).filter((job) => job.permissions)).toEqual([]);
    expect(text).not.toMatch(/secrets\.|pull_request_target/);
  });

  it('tests every supported Node version, and real MongoDB and Redis', () => {
    expect(jobs['embedded']!.strategy!.matrix.node).toEqual(['20', '22', '24']);
    expect(jobs['real']!.services!['mongo']!.image).toBe('mongo:8');
    expect(Object.keys(jobs['real']!.env!)).toEqual(['MONGODB_URI', 'REDIS_URL']);
  });

  it('calls only npm scripts that exist', () => {
    const called = [
      ...steps
        .map(({ run = '' }) => run)
        .join('\n')
        .matchAll(/npm (?:run (?:-\S+ )*)?(\S+)/g),
    ];
    expect(called.length).toBeGreaterThan(0);
    expect(called.map(([, name]) => name!).filter((name) => !scripts[name])).toEqual([]);
  });

  it('pins every action to a version and every job to a runner version and a timeout', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.filter((action) => !/^actions\/[\w-]+@v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
    for (const job of Object.values(jobs)) {
      expect(job['runs-on']).toMatch(/-\d/);
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  it('stores test reports, and uses only existing files as cache keys', () => {
    const hashed = [...text.matchAll(/hashFiles\('([^']+)'\)/g)].map(([, path]) => path!);
    expect(hashed.length).toBeGreaterThan(0);
    expect(hashed.filter((path) => !existsSync(path))).toEqual([]);
    expect(readFileSync('test/run.mjs', 'utf8')).toContain('process.env.TEST_REPORT');
  });
});
