import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).split(
  '\n',
);
const map = readFileSync('docs/architecture.md', 'utf8');

/** What stands between backticks in a text and matches. */
const quoted = (text: string, pattern: RegExp): string[] => [
  ...new Set(
    [...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!).filter((word) => pattern.test(word)),
  ),
];

describe('docs/architecture.md', () => {
  it('names only files that exist', () => {
    const files = quoted(map, /^[\w./-]+\.(ts|mjs|js|json|yml|template|gql)$/);
    expect(files.length).toBeGreaterThan(60);
    const exists = (file: string) => tracked.some((path) => path === file || path.endsWith(`/${file}`));
    expect(files.filter((file) => !exists(file))).toEqual([]);
  });

  it('has a row for each collection that a schema names', () => {
    const schemas = tracked
      .filter((path) => /^src\/.*\.ts$/.test(path))
      .map((path) => readFileSync(path, 'utf8'));
    const collections = schemas.flatMap((text) =>
      [...text.matchAll(/collection: '(\w+)'/g)].map(([, name]) => name!),
    );
    expect(collections.length).toBeGreaterThan(20);
    expect(collections.filter((name) => !map.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('names only classes that exist as writers of a collection', () => {
    const table = map.slice(map.indexOf('## Which class writes'), map.indexOf('## Flow 1'));
    const source = tracked
      .filter((path) => /^src\/.*\.ts$/.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const classes = quoted(table, /^[A-Z]\w+$/);
    expect(classes.length).toBeGreaterThan(30);
    expect(classes.filter((name) => !source.includes(`class ${name} `))).toEqual([]);
  });

  it.each(['## Flow 1', '## Flow 3'])('names functions that exist in the hops of %s, none twice', (flow) => {
    const text = map.slice(map.indexOf(flow)).split('\n## ')[0]!;
    const hops = quoted(text, /^[\w./-]+\.ts:\w+$/);
    const rows = text.split('\n').filter((line) => /^\| \d+ \|/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(8);
    expect(rows.length).toBeLessThanOrEqual(12);
    expect(hops).toHaveLength(rows.length);
    const missing = hops.filter((hop) => {
      const [file, name] = hop.split(':');
      return !new RegExp(`\\b${name}(<\\w+>)?\\(`).test(readFileSync(`src/${file}`, 'utf8'));
    });
    expect(missing).toEqual([]);
  });
});

describe('docs/upgrading-dependencies.md', () => {
  const rows = readFileSync('docs/upgrading-dependencies.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (Library|---)/.test(line))
    .map((line) => line.split(' | '));
  const isPath = /^[\w./-]+\.ts$/;

  it('names a file, what it relies on, what breaks and a test in every row', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((cells) => cells.length !== 5)).toEqual([]);
    expect(rows.filter(([, file]) => quoted(file!, isPath).length === 0)).toEqual([]);
  });

  it('names only files that exist', () => {
    const files = rows.flatMap((cells) => quoted(cells.join(' '), isPath));
    expect(files.filter((file) => !tracked.includes(file))).toEqual([]);
  });

  it.each(rows.map((cells) => cells[4]!))('names a test that exists: %s', (cell) => {
    const [, file, title] = /^`([^`]+)`: "(.+)" \|$/.exec(cell)!;
    expect(readFileSync(file!, 'utf8')).toContain(title);
  });
});

describe('the links of the documents', () => {
  const documents = tracked.filter((path) => /^(docs\/.*|README|packages\/.*|bench\/.*)\.md$/.test(path));

  it.each(documents)('%s lead to files that exist', (document) => {
    const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      ([, to]) => to!,
    );
    const folder = document.includes('/') ? document.slice(0, document.lastIndexOf('/') + 1) : '';
    const missing = links.filter((to) => {
      const path = new URL(to, `file:///${folder}`).pathname.slice(1);
      return !tracked.some((each) => each === path || each.startsWith(`${path.replace(/\/$/, '')}/`));
    });
    expect(missing).toEqual([]);
  });
});
