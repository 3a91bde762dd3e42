import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Config } from '../src/platform/config/config.js';
import { RENAMED_SETTINGS } from '../src/platform/config/renamed-settings.js';
import { names, settings } from './support/settings.js';
import { tempDir } from './support/temp-dir.js';

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'correct horse battery' };
const compose = readFileSync('docker-compose.yml', 'utf8');
const example = readFileSync('.env.example', 'utf8');

const folder = tempDir('compose');

/** Settings that .env cannot set, and why. */
const NOT_PASSED: Record<string, string> = {
  DATA_DIR: 'the image has it, and the volume is mounted there',
  WEB_DIST_DIR: 'the image has the page',
  HOST: 'a container listens on all its addresses; ports and networks decide who reaches it',
  FFMPEG_PATH: 'the image has ffmpeg',
  FFPROBE_PATH: 'the image has ffprobe',
  CLOUDFLARE_API_URL: 'for tests',
  CLOUDINARY_API_URL: 'for tests',
  CLOUDINARY_DELIVERY_URL: 'for tests',
};
const FIXED: Record<string, string> = {
  MONGODB_URI: 'the container beside',
  REDIS_URL: 'the container beside',
  PORT: 'inside; PORT in .env is the published one',
  WORKER: 'the API leaves the queue to the workers',
  WORKER_PORT: 'what the health check and Prometheus ask',
};

/** Validates a compose file with docker-compose, which needs no engine for that. */
function validate(text: string, env: Record<string, string> = ADMIN): { accepted: boolean; said: string } {
  const file = join(folder, 'docker-compose.yml');
  writeFileSync(file, text);
  const [program, ...first] = composeProgram();
  const { PATH, HOME } = process.env;
  const { status, stderr } = spawnSync(program!, [...first, '--file', file, 'config', '--quiet'], {
    encoding: 'utf8',
    env: { PATH, HOME, ...env },
  });
  return { accepted: status === 0 && missed(text).length === 0, said: stderr };
}

function composeProgram(): string[] {
  const found = [['docker-compose'], ['docker', 'compose']].find(
    ([program, ...first]) => spawnSync(program!, [...first, 'version']).status === 0,
  );
  if (!found) throw new Error('docker-compose is missing: run bin/setup --test');
  return found;
}

/** Errors that the docker-compose of Debian 12 does not report, but a newer one does. */
function missed(text: string): string[] {
  const declared = /^networks:\n((?: +.*\n)+)/m.exec(text)?.[1] ?? '';
  const used = [...text.matchAll(/^    networks:\n((?: +- .*\n)+)/gm)].flatMap(([, list]) =>
    names(list!, /- (\S+)/g),
  );
  const times = names(text, /^ +(?:interval|timeout|start_period|stop_grace_period): (.*)$/gm);
  return [
    ...used.filter((network) => !new RegExp(`^  ${network}:`, 'm').test(declared)),
    ...times.filter((time) => !/^\d+(?:s|m|h)$/.test(time)),
  ];
}

/** The text with one piece replaced. Throws if the piece is absent, since the test would prove nothing. */
function broken(piece: string, replacement: string): string {
  if (!compose.includes(piece)) throw new Error(`docker-compose.yml has no "${piece}" to break`);
  return compose.replace(piece, () => replacement);
}

describe('docker-compose.yml', () => {
  it('is accepted by docker-compose', () => {
    expect(validate(compose)).toEqual({ accepted: true, said: '' });
  });

  it('is accepted with cloud storage: workers have outbound network, and the default capacity limit applies', () => {
    const cloud = readFileSync('docker-compose.cloud.yml', 'utf8');
    const [program, ...first] = composeProgram();
    const files = ['--file', 'docker-compose.yml', '--file', 'docker-compose.cloud.yml'];
    const { PATH, HOME } = process.env;
    const { status, stdout } = spawnSync(program!, [...first, ...files, 'config'], {
      encoding: 'utf8',
      env: { PATH, HOME, ...ADMIN },
    });
    expect(status).toBe(0);
    expect(/\n {2}worker:\n(?: {3,}.*\n)*? {4}networks:\n((?: {6}.*\n)+)/.exec(stdout)?.[1]).toMatch(
      /default/,
    );
    expect(names(cloud, /^ {4}(\w+):/gm)).toEqual(['environment', 'networks']);
    expect(stdout).toMatch(/CAPACITY_MEDIA_BYTES: ''/);
  });

  it('passes on every setting except those that the container fixes', () => {
    const passed = new Set(names(compose, /^ +([A-Z][A-Z\d_]+): /gm));
    expect([...settings].filter((name) => !passed.has(name)).sort()).toEqual(Object.keys(NOT_PASSED).sort());
    const open = names(compose, /^ +([A-Z][A-Z\d_]+): \$\{\1:/gm);
    const fixed = [...passed].filter((name) => settings.has(name) && !open.includes(name));
    expect(fixed.sort()).toEqual(Object.keys(FIXED).sort());
  });

  it('gives a stopping API the time that its settings grant requests in flight', () => {
    const [period] = names(compose.slice(compose.indexOf('x-server:')), /stop_grace_period: (\d+)s/g);
    const { SHUTDOWN_DRAIN_SECONDS, SHUTDOWN_UPLOAD_SECONDS } = Config.load({});
    expect(Number(period)).toBeGreaterThan(SHUTDOWN_DRAIN_SECONDS + SHUTDOWN_UPLOAD_SECONDS + 8);
  });

  it('sets higher capacity limits for its own containers than the free plans of the defaults', () => {
    const limits = [...compose.matchAll(/(CAPACITY_\w+): \$\{\1:-(\d+)\}/g)].map(([, name, value]) => [
      name!,
      value!,
    ]);
    const given = Config.load(Object.fromEntries(limits));
    const defaults = Config.load({});
    expect(limits).toHaveLength(3);
    // A day's health checks, and as many commands of the service, stay below the 80 % at which the alert fires.
    expect(given.CAPACITY_REDIS_COMMANDS * 0.8).toBeGreaterThan(2 * 86_400);
    expect(given.CAPACITY_MEDIA_BYTES).toBeGreaterThan(defaults.CAPACITY_MEDIA_BYTES);
    expect(given.CAPACITY_DATABASE_BYTES).toBeGreaterThan(defaults.CAPACITY_DATABASE_BYTES);
    expect(defaults.CAPACITY_REDIS_COMMANDS).toBe(10_000);
  });

  it.each([
    ['an unknown key', 'stop_grace_period: 15s', 'stop_grace_perod: 15s'],
    ['a dependency that is no service', '    redis:\n      condition', '    reddis:\n      condition'],
    ['an unknown condition', 'condition: service_healthy', 'condition: service_wealthy'],
    ['a volume that is not declared', 'media:/data/media', 'medium:/data/media'],
    ['a network that is not declared', '  inside:\n    internal: true\n', ''],
    ['a time that is none', 'interval: 10s', 'interval: often'],
    ['a port that is none', '}:4000', '}:http'],
    ['a variable that is not closed', '${PORT:-4000}', '${PORT:-4000'],
    ['wrong indentation', '  worker:\n', ' worker:\n'],
  ])('would be refused with %s', (_, piece, replacement) => {
    expect(validate(broken(piece, replacement)).accepted).toBe(false);
  });

  it.each(Object.keys(ADMIN))('asks for %s in a sentence', (name) => {
    for (const env of [
      { ...ADMIN, [name]: '' },
      Object.fromEntries(Object.entries(ADMIN).filter(([n]) => n !== name)),
    ]) {
      const { accepted, said } = validate(compose, env);
      expect({ accepted, sentence: said.includes(`Set ${name} in .env to `) }).toEqual({
        accepted: false,
        sentence: true,
      });
    }
  });

  it('names only settings that Config knows', () => {
    const given = names(compose, /^ +([A-Z][A-Z\d_]+): /gm);
    const asked = names(compose, /\$\{([A-Z\d_]+)/g);
    expect(given).toEqual(
      expect.arrayContaining(['MONGODB_URI', 'REDIS_URL', 'PORT', 'WORKER', 'WORKER_PORT']),
    );
    // Names with these prefixes belong to the edge and to Grafana.
    const ours = [...given, ...asked].filter((name) => !/^(?:EDGE|NGINX|GF|GRAFANA)_/.test(name));
    expect(ours.filter((name) => !settings.has(name) && !(name in RENAMED_SETTINGS))).toEqual([]);
  });

  it('publishes only the port of the API, and that of the edge in the profile that has one', () => {
    const published = names(compose, /^ +ports:\n((?: +- .*\n)+)/gm).join('');
    const ports = names(published, /- '(.+)'/g);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([
      '${PORT:-4000}:4000',
      '8080:8080',
    ]);
    expect(compose).toMatch(/^  edge:\n    image: nginx:.*\n    profiles:\n      - edge\n/m);
  });

  it('sets every variable of the template of the edge', () => {
    const open = names(readFileSync('deploy/nginx/nginx.conf.template', 'utf8'), /\$\{(EDGE_\w+)\}/g);
    const given = names(compose, /^ +(EDGE_\w+): /gm);
    expect([...new Set(open)].filter((name) => !given.includes(name))).toEqual([]);
  });

  it('mounts only files and folders of the repository', () => {
    const mounted = names(compose, /^ +- (\.\/[^:]+):/gm);
    expect(mounted).toEqual(expect.arrayContaining(['./deploy/prometheus/alerts.yml']));
    expect(mounted.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('starts only programs that exist in the source', () => {
    const programs = names(compose, /'dist\/([\w/-]+)\.js'/g);
    expect(programs.sort()).toEqual(['main', 'worker']);
    expect(readdirSync('src')).toEqual(expect.arrayContaining(programs.map((name) => `${name}.ts`)));
  });
});

describe('.env.example', () => {
  it('names only settings that Config knows', () => {
    const lines = example.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const given = names(lines.join('\n'), /^([A-Z][A-Z\d_]+)=/gm);
    expect(given).toHaveLength(lines.length);
    expect(given.filter((name) => !settings.has(name))).toEqual(['GRAFANA_PASSWORD']);
  });

  it('has values that Config accepts once the administrator is set', () => {
    const given = Object.fromEntries(
      [...example.matchAll(/^([A-Z][A-Z\d_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
    );
    expect(() => Config.load({ ...given, ...ADMIN })).not.toThrow();
  });

  it('is refused as copied until the administrator is set', () => {
    cpSync('.env.example', join(folder, '.env'));
    try {
      expect(validate(compose, {}).said).toContain('Set ADMIN_EMAIL in .env to ');
      expect(validate(compose).accepted).toBe(true);
    } finally {
      rmSync(join(folder, '.env'));
    }
  });
});
