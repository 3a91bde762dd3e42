import 'reflect-metadata';
import { cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { Ffmpeg } from '../src/audio/ffmpeg.service.js';
import { Config } from '../src/platform/config/config.js';
import { QUALITIES } from '../src/songs/processing/quality.js';
import { CpuBudget } from '../src/transcoding/cpu-budget.service.js';
import { HlsPackager } from '../src/transcoding/hls-packager.service.js';
import { checkPackage } from '../src/transcoding/package-check.js';
import { AudioFiles } from './support/audio-files.js';

const SECONDS = 13;

const files = AudioFiles.open();

beforeAll(async () => {
  Logger.overrideLogger(false);
  const source = await files.make('song.mp3', '-b:a 128k', `anoisesrc=d=${SECONDS}:c=pink:a=0.4`);
  const config = Config.load({});
  const packager = new HlsPackager(config, new Ffmpeg(config), new CpuBudget(config));
  await packager.pack({ source, durationSeconds: SECONDS, directory: files.path('good.hls') });
});
describe('checkPackage rejects a package', () => {
  const master = (from: RegExp, to: string) => change('master.m3u8', from, to);
  const low = (from: RegExp, to: string) => change('64k/playlist.m3u8', from, to);
  const at = (path: string) => files.path(`broken.hls/${path}`);
  async function change(path: string, from: RegExp, to: string): Promise<void> {
    const before = await readFile(at(path), 'utf8');
    expect(before).toMatch(from);
    await writeFile(at(path), before.replace(from, to));
  }

  it.each<[flaw: string, check: string, damage: () => Promise<unknown>]>([
    ['without one of its segments', 'segments present', () => rm(at('64k/segment-00001.ts'))],
    ['with an empty segment', 'segments present', () => truncate(at('64k/segment-00001.ts'), 0)],
    ['with half a segment', 'transport stream', () => truncate(at('320k/segment-00000.ts'), 188 * 50 + 7)],
    [
      'with a segment that is not MPEG-TS',
      'transport stream',
      () => writeFile(at('64k/segment-00002.ts'), Buffer.alloc(188 * 9, 1)),
    ],
    ['with a half-written file', 'no stray files', () => writeFile(at('128k/segment-00003.ts.tmp'), 'x')],
    ['without a playlist', 'playlist present', () => rm(at('64k/playlist.m3u8'))],
    ['with a playlist that has no end', 'playlist readable', () => low(/#EXT-X-ENDLIST/, '')],
    ['with a playlist that still grows', 'playlist readable', () => low(/TYPE:VOD/, 'TYPE:EVENT')],
    [
      'with segments longer than its target duration',
      'playlist readable',
      () => low(/TARGETDURATION:2/, 'TARGETDURATION:1'),
    ],
    [
      'whose qualities differ in target duration',
      'boundaries identical',
      () => low(/TARGETDURATION:2/, 'TARGETDURATION:3'),
    ],
    [
      'whose qualities differ in segment boundaries',
      'boundaries identical',
      () => low(/EXTINF:1.4/, 'EXTINF:1.5'),
    ],
    ['whose first segment is too long', 'first segment', () => low(/EXTINF:2.0/, 'EXTINF:2.2')],
    ['that is longer than the song', 'duration', () => low(/EXTINF:1\./, 'EXTINF:2.')],
    [
      'with a URI that leads out of its folder',
      'URIs relative',
      () => low(/segment-00001.ts/, '../128k/segment-00001.ts'),
    ],
    ['with an absolute URI', 'URIs relative', () => low(/segment-00001.ts/, 'http://example.com/a.ts')],
    [
      'with unexpected segment names',
      'segment names',
      () =>
        rename(at('64k/segment-00001.ts'), at('64k/part.ts')).then(() => low(/segment-00001.ts/, 'part.ts')),
    ],
    ['without one of its qualities', 'master', () => master(/#EXT-X-STREAM-INF[^\n]*\n320k[^\n]*\n/, '')],
    ['with a false peak bandwidth', 'bandwidth', () => master(/([^-])BANDWIDTH=\d+/, '$1BANDWIDTH=64000')],
    ['without codecs', 'master', () => master(/,CODECS="[^"]*"/, '')],
    ['without EXT-X-INDEPENDENT-SEGMENTS', 'master', () => master(/#EXT-X-INDEPENDENT-SEGMENTS\n/, '')],
    ['without a waveform', 'peaks', () => rm(at('peaks.json'))],
    [
      'with a waveform of the wrong length',
      'peaks',
      () => writeFile(at('peaks.json'), JSON.stringify({ version: 1, points: 800, peaks: [0.5] })),
    ],
    ['without a master playlist', 'master readable', () => rm(at('master.m3u8'))],
    ['with an empty master playlist', 'master readable', () => writeFile(at('master.m3u8'), '#EXTM3U\n')],
  ])('%s', async (_flaw, check, damage) => {
    await rm(at(''), { recursive: true, force: true });
    await cp(files.path('good.hls'), at(''), { recursive: true });
    const expected = { qualities: QUALITIES, segmentType: 'mpegts', durationSeconds: SECONDS } as const;
    await checkPackage(at(''), expected);
    await damage();
    await expect(checkPackage(at(''), expected)).rejects.toMatchObject({ code: 'PACKAGE_INVALID', check });
  });
});
