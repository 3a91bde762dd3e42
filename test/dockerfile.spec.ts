import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { names, settings } from './support/settings.js';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const ignored = readFileSync('.dockerignore', 'utf8');

describe('Dockerfile', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const runtime = stages.at(-1)!;
  /** Sources of COPY instructions; sources in other stages by their path there. */
  const copied = (stage: string) =>
    names(stage, /^COPY (?:--from=\S+ )?(.+) \S+$/gm)
      .flatMap((sources) => sources.split(' '))
      .map((source) => source.replace(/^\/app\//, ''));

  it('copies into the runtime image every file that the program uses outside dist/', () => {
    const beside = (source: string) => [
      ...names(source, /new URL\(\s*'([^']+)',\s*import\.meta\.url/g),
      ...names(source, /join\(import\.meta\.dirname, '([^']+)'\)/g),
    ];
    const reached = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
      .flatMap((path) =>
        beside(readFileSync(join('src', path), 'utf8')).map((target) =>
          normalize(join('dist', path, '..', target)),
        ),
      );
    expect(reached).toEqual(
      expect.arrayContaining(['web/dist', 'bin/confine/run', 'deploy/cloudflare/rules.json']),
    );
    // package.json declares that dist/ contains ES modules.
    // node_modules has a link to each workspace package that the program imports by name.
    const packages = readdirSync('packages').flatMap((name) => [
      `packages/${name}/dist`,
      `packages/${name}/package.json`,
    ]);
    const needed = new Set([...reached, ...packages, 'node_modules', 'package.json']);
    const isCopied = (path: string) =>
      copied(runtime).some((source) => `${path}/`.startsWith(`${source.replace(/^\.\//, '')}/`));
    expect([...needed].filter((path) => !isCopied(path))).toEqual([]);
  });

  it('copies no path that .dockerignore excludes', () => {
    const allowed = names(ignored, /^!(.+)$/gm);
    expect(ignored).toMatch(/^\*$/m);
    const fromContext = stages.flatMap((stage) => copied(stage.replace(/^COPY --from.*$/gm, '')));
    expect(fromContext).toEqual(expect.arrayContaining(['src', 'bin', 'package-lock.json']));
    const isAllowed = (path: string) => allowed.some((name) => `${path}/`.startsWith(`${name}/`));
    expect(fromContext.filter((path) => !isAllowed(path))).toEqual([]);
  });

  it('sets only settings that Config knows, and NODE_ENV', () => {
    const set = names(runtime, /^(?:ENV| +) ?([A-Z_]+)=/gm);
    expect(set).toEqual(expect.arrayContaining(['NODE_ENV', 'DATA_DIR']));
    expect(set.filter((name) => name !== 'NODE_ENV' && !settings.has(name))).toEqual([]);
  });

  it('runs as an unprivileged user, never as root', () => {
    expect(names(runtime, /^USER (\S+)$/gm)).toEqual(['node']);
  });
});
