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
const OVERTONES = [1, 2, 3, 4, 5, 6, 8, 10];

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

/** Every chord swells and fades, with overtones like a string's; a brushed beat keeps time. */
function chordProgression(): string {
  const cycle = CHORDS.length * CHORD_SECONDS;
  const swell = `sin(PI*mod(t,${CHORD_SECONDS})/${CHORD_SECONDS})`;
  const chords = CHORDS.map((notes, i) => {
    const sounding = `between(mod(t,${cycle}),${i * CHORD_SECONDS},${(i + 1) * CHORD_SECONDS - 0.0001})`;
    const tones = notes.map((hz) => OVERTONES.map((n) => `sin(2*PI*${hz * n}*t)/${n}`).join('+')).join('+');
    return `${sounding}*(${tones})`;
  });
  const brush = '0.25*(random(0)-0.5)*exp(-9*mod(t,0.5))';
  return `0.14*${swell}*(${chords.join('+')})+${brush}`;
}
