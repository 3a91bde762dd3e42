import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A minor, F, C and G, as frequencies in hertz; four seconds each. */
const CHORDS = [
  [220, 261.63, 329.63],
  [174.61, 220, 261.63],
  [130.81, 164.81, 196],
  [196, 246.94, 293.66],
];
const CHORD_SECONDS = 4;
const SONG_SECONDS = 60;

/** Makes a one-minute MP3 with chords, tags and an embedded cover; the path of it. */
export async function makeDemoSong(folder: string): Promise<string> {
  const song = join(folder, 'First Light.mp3');
  await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y'],
    ...['-f', 'lavfi', '-i', `aevalsrc='${chordProgression()}':s=44100:d=${SONG_SECONDS}`],
    ...['-f', 'lavfi', '-i', 'gradients=s=600x600:c0=#f59e0b:c1=#7c3aed:x0=0:y0=0:x1=600:y1=600:d=1:r=1'],
    ...['-map', '0:a', '-map', '1:v', '-frames:v', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic'],
    ...['-af', 'aecho=0.8:0.7:60|180:0.4|0.25,volume=0.8', '-ac', '2', '-c:a', 'libmp3lame', '-b:a', '320k'],
    ...['-id3v2_version', '3', '-metadata', 'title=First Light', '-metadata', 'artist=The House Band'],
    ...[
      '-metadata',
      'album=Open Doors',
      '-metadata',
      'track=1',
      '-metadata',
      'date=2026',
      '-metadata',
      'genre=Ambient',
    ],
    song,
  ]);
  return song;
}

/** Every chord swells and fades; a soft octave above gives it a voice. */
function chordProgression(): string {
  const cycle = CHORDS.length * CHORD_SECONDS;
  const envelope = `sin(PI*mod(t,${CHORD_SECONDS})/${CHORD_SECONDS})`;
  const voices = CHORDS.map((notes, i) => {
    const sounding = `between(mod(t,${cycle}),${i * CHORD_SECONDS},${(i + 1) * CHORD_SECONDS - 0.0001})`;
    const tones = notes.map((hz) => `sin(2*PI*${hz}*t)+0.3*sin(4*PI*${hz}*t)`).join('+');
    return `${sounding}*(${tones})`;
  });
  return `0.16*${envelope}*(${voices.join('+')})`;
}
