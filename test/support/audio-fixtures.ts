import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);

/** Input arguments of a tone that changes continuously, so that no two seconds are the same. */
export const sweep = (seconds: number, sampleRate = 44_100) => [
  '-f',
  'lavfi',
  '-i',
  `aevalsrc='0.4*sin(2*PI*(220+40*t)*t)|0.4*sin(2*PI*(330+30*t)*t)':s=${sampleRate}:d=${seconds}`,
];

/** Runs the machine's own ffmpeg, not the one the server uses. */
export async function ffmpeg(args: string[]): Promise<void> {
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
}

/** Encoder arguments by file name. */
export const FORMATS: Record<string, string[]> = {
  'song.mp3': ['-c:a', 'libmp3lame', '-b:a', '192k'],
  'song.m4a': ['-c:a', 'aac', '-b:a', '160k'],
  'song.aac': ['-c:a', 'aac', '-b:a', '128k'],
  'song.flac': ['-c:a', 'flac'],
  'vorbis.ogg': ['-c:a', 'libvorbis', '-q:a', '5'],
  'opus.ogg': ['-c:a', 'libopus', '-b:a', '128k'],
  'song.wav': ['-c:a', 'pcm_s16le'],
  'song.aiff': ['-c:a', 'pcm_s16be'],
  'song.wma': ['-c:a', 'wmav2', '-b:a', '160k'],
  'song.webm': ['-c:a', 'libopus', '-b:a', '128k'],
};

/** Makes a song in the format of the file name's extension and returns its path. */
export async function makeSong(
  folder: string,
  name: string,
  seconds = 8,
  extra: string[] = [],
): Promise<string> {
  const path = join(folder, name);
  await ffmpeg([...sweep(seconds), ...(FORMATS[name] ?? FORMATS['song.mp3']!), ...extra, path]);
  return path;
}

/** An MP3 with tags and an embedded cover picture. */
export async function makeTaggedSong(
  folder: string,
  seconds = 8,
  tags: Record<string, string> = {},
): Promise<string> {
  const path = join(folder, 'tagged.mp3');
  const metadata = {
    title: 'Jóga',
    artist: 'Björk',
    album: 'Homogenic',
    track: '2/10',
    date: '1997',
    genre: 'Pop',
    ...tags,
  };
  await ffmpeg([
    ...sweep(seconds),
    ...'-f lavfi -i color=c=red:s=500x500:d=1:r=1 -map 0:a -map 1:v -frames:v 1'.split(' '),
    ...'-c:v mjpeg -disposition:v attached_pic -c:a libmp3lame -b:a 192k -id3v2_version 3'.split(' '),
    ...Object.entries(metadata).flatMap(([key, value]) => ['-metadata', `${key}=${value}`]),
    path,
  ]);
  return path;
}
