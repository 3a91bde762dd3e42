import { refusedCodec } from './input-limits.js';
import { asProbe } from './probe.js';
import { advance, NO_PROGRESS } from './progress.js';

describe('progress', () => {
  const read = (...lines: string[]) => lines.reduce(advance, NO_PROGRESS);

  it('counts microseconds', () => {
    expect(read('out_time_us=1500000', 'out_time_ms=1500000', 'progress=continue')).toEqual({
      seconds: 1.5,
      finished: false,
    });
  });
  it('is finished only after progress=end', () => expect(read('progress=end').finished).toBe(true));
  it('ignores a first block without a time', () => {
    expect(read('out_time_us=N/A', 'progress=continue')).toEqual(NO_PROGRESS);
    expect(read('out_time_us=-23000')).toEqual(NO_PROGRESS);
  });
});

describe('asProbe', () => {
  it('converts ffprobe’s answer to our units', () => {
    const json = {
      format: { format_name: 'mp3', probe_score: 51, duration: '20.03', size: '321036', bit_rate: '128184' },
      streams: [
        {
          codec_type: 'audio',
          codec_name: 'mp3',
          sample_rate: '44100',
          channels: 2,
          bit_rate: '128000',
          duration: '20.03',
          disposition: { attached_pic: 0 },
        },
        { codec_type: 'video', codec_name: 'png', disposition: { attached_pic: 1 } },
      ],
    };
    expect(asProbe(json, '')).toMatchObject({
      format: 'mp3',
      score: 51,
      durationSeconds: 20.03,
      estimated: false,
      bytes: 321_036,
      bitrateKbps: 128,
      streams: [
        { type: 'audio', codec: 'mp3', sampleRateHz: 44_100, channels: 2, bitrateKbps: 128, picture: false },
        { type: 'video', codec: 'png', sampleRateHz: 0, channels: 0, picture: true },
      ],
    });
  });
  it('recognises an estimated duration by ffprobe’s warning', () => {
    expect(
      asProbe({}, '[mp3 @ 0x1] Estimating duration from bitrate, this may be inaccurate').estimated,
    ).toBe(true);
  });
  it('reads N/A as undefined', () => {
    expect(asProbe({ format: { duration: 'N/A' } }, '').durationSeconds).toBeUndefined();
  });
});

describe('refusedCodec', () => {
  it('finds the codec that was not allowed', () => {
    expect(refusedCodec("[ac3 @ 0x55] Codec (ac3) not on whitelist 'mp3,aac'\n")).toBe('ac3');
    expect(refusedCodec('Invalid data found when processing input')).toBeUndefined();
  });
});
