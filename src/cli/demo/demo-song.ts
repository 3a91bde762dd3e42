import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const RATE = 44_100;
const SONG_SECONDS = 60;

/** A minor, F, C and G, as frequencies in hertz. */
const CHORDS = [
  [110, 220, 261.63, 329.63],
  [87.31, 174.61, 220, 261.63],
  [130.81, 196, 261.63, 329.63],
  [98, 196, 246.94, 293.66],
];
const CHORD_SECONDS = 4;
const BEAT_SECONDS = 0.5;
const OVERTONES = 12;

/**
 * Creates a one-minute MP3 with chords, tags and an embedded cover, and resolves to its path. Rejects if ffmpeg fails,
 * or with the signal's reason.
 */
export async function makeDemoSong(folder: string, signal: AbortSignal): Promise<string> {
  const song = join(folder, 'First Light.mp3');
  const ffmpeg = spawn(
    'ffmpeg',
    [
      '-v',
      'error',
      '-y',
      '-f',
      'f32le',
      '-ar',
      String(RATE),
      '-ac',
      '2',
      '-i',
      'pipe:0',
      '-f',
      'lavfi',
      '-i',
      'gradients=s=600x600:c0=#f59e0b:c1=#7c3aed:x0=0:y0=0:x1=600:y1=600:d=1:r=1',
      '-map',
      '0:a',
      '-map',
      '1:v',
      '-frames:v',
      '1',
      '-c:v',
      'mjpeg',
      '-disposition:v',
      'attached_pic',
      '-af',
      'aecho=0.8:0.7:60|180:0.3|0.2',
      '-c:a',
      'libmp3lame',
      '-b:a',
      '320k',
      '-id3v2_version',
      '3',
      '-metadata',
      'title=First Light',
      '-metadata',
      'artist=The Ladder Band',
      '-metadata',
      'album=First Rungs',
      '-metadata',
      'track=1',
      '-metadata',
      'date=2026',
      '-metadata',
      'genre=Ambient',
      song,
    ],
    { stdio: ['pipe', 'ignore', 'inherit'], signal, killSignal: 'SIGKILL' },
  );
  const ended = once(ffmpeg, 'close');
  ffmpeg.stdin.on('error', () => undefined); // the exit code reports the failure
  ffmpeg.stdin.end(Buffer.from(samples().buffer));
  const [code] = (await ended.catch(orMissing)) as [number | null];
  if (code !== 0) throw new Error(`ffmpeg could not make the song (exit code ${code}).`);
  return song;
}

function orMissing(error: NodeJS.ErrnoException): never {
  throw error.code === 'ENOENT' ? new Error('ffmpeg is not on the PATH; bin/setup installs it.') : error;
}

/** Interleaved stereo samples, -1 to 1: strings that swell and fade, and a brushed beat that differs per channel. */
function samples(): Float32Array {
  const sound = new Float32Array(SONG_SECONDS * RATE * 2);
  for (let i = 0; i < sound.length / 2; i++) {
    const t = i / RATE;
    const swell = Math.sin((Math.PI * (t % CHORD_SECONDS)) / CHORD_SECONDS);
    const strings = 0.06 * swell * chord(CHORDS[Math.floor(t / CHORD_SECONDS) % CHORDS.length]!, t);
    const brush = 0.3 * Math.exp(-8 * (t % BEAT_SECONDS)) + 0.01;
    sound[2 * i] = strings + brush * (Math.random() - 0.5);
    sound[2 * i + 1] = strings + brush * (Math.random() - 0.5);
  }
  return sound;
}

/** Sum of sawtooth-like tones, whose overtones resemble bowed strings. */
function chord(notes: number[], t: number): number {
  let sum = 0;
  for (const hz of notes) {
    for (let n = 1; n <= OVERTONES; n++) sum += Math.sin(2 * Math.PI * hz * n * t) / n;
  }
  return sum;
}
