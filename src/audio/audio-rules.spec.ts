import { asfSeconds, oggIsCut, wavSeconds } from './container-headers.js';
import { checkDecoded, checkContainer } from './audio-rules.js';
import type { Probe, ProbeStream } from './probe.js';

const limits = { minSeconds: 1, maxSeconds: 3600 };
const whole = { cut: false };

function stream(change: Partial<ProbeStream> = {}): ProbeStream {
  return { type: 'audio', codec: 'mp3', sampleRateHz: 44_100, channels: 2, picture: false, ...change };
}

function probe(change: Partial<Probe> = {}): Probe {
  return { format: 'mp3', score: 51, estimated: false, bytes: 3_200_000, streams: [stream()], ...change };
}

function verdict(given: Probe, declared: { seconds?: number; cut: boolean }, decodedSeconds: number) {
  return checkDecoded(checkContainer(given, declared, limits), given, declared, decodedSeconds, limits);
}

describe('audio rules', () => {
  it('describe a valid file', () => {
    expect(verdict(probe(), { seconds: 200, cut: false }, 199.97)).toEqual({
      container: 'mp3',
      extension: 'mp3',
      contentType: 'audio/mpeg',
      codec: 'mp3',
      bitrateKbps: 128,
      sampleRateHz: 44_100,
      channels: 2,
      durationSeconds: 199.97,
    });
  });

  it('name both durations of a truncated file', () => {
    expect(() => verdict(probe(), { seconds: 200, cut: false }, 62)).toThrow(
      'The file stops after 1:02 of 3:20; upload it again or export it anew.',
    );
  });

  it('refuse a truncated file of unknown length', () => {
    expect(() => verdict(probe(), { cut: true }, 62)).toThrow('The file stops after 1:02; upload it again');
  });

  it('accept a file without a declared length', () => {
    expect(verdict(probe({ estimated: true }), whole, 62).durationSeconds).toBe(62);
  });

  it('tolerate the tenths of a second that encoders add and remove', () => {
    expect(verdict(probe(), { seconds: 200, cut: false }, 198.6).durationSeconds).toBe(198.6);
    expect(() => verdict(probe(), { seconds: 200, cut: false }, 198.4)).toThrow('stops after');
  });

  it('accept a file that is longer than declared', () => {
    expect(verdict(probe(), { seconds: 100, cut: false }, 200).durationSeconds).toBe(200);
  });

  it('refuse a file whose declared length is too long before decoding it', () => {
    expect(() => checkContainer(probe(), { seconds: 36_000, cut: false }, limits)).toThrow(
      'The song lasts 10:00:00 or more; the longest accepted here is 1:00:00.',
    );
  });

  it('refuse a file that decoding shows to be too long', () => {
    expect(() => verdict(probe(), whole, 3600.5)).toThrow(expect.objectContaining({ code: 'TOO_LONG' }));
  });

  it('refuse a file that is too short', () => {
    expect(() => verdict(probe(), whole, 0.3)).toThrow(
      'The song lasts 0.30 s; the shortest accepted here is 1 s.',
    );
  });

  it('refuse a file that ffmpeg only guesses to be an MP3', () => {
    expect(() => checkContainer(probe({ score: 1 }), whole, limits)).toThrow(
      expect.objectContaining({ code: 'NOT_AUDIO' }),
    );
  });

  it('refuse megabytes with only a second of audio', () => {
    const given = probe({ score: 25, bytes: 5_000_000 });
    expect(() => verdict(given, whole, 1.2)).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
  });

  it('accept a short song with a large cover', () => {
    expect(verdict(probe({ bytes: 20_000_000 }), whole, 30).durationSeconds).toBe(30);
  });

  it('refuse a file without audio', () => {
    expect(() => verdict(probe(), whole, 0)).toThrow(expect.objectContaining({ code: 'NOT_AUDIO' }));
    expect(() => checkContainer(probe({ streams: [] }), whole, limits)).toThrow(
      'There is no audio in this file',
    );
  });

  it('accept the audio of a film', () => {
    const film = probe({
      format: 'mov,mp4,m4a,3gp,3g2,mj2',
      streams: [stream({ type: 'video', codec: 'h264' }), stream({ codec: 'aac' })],
    });
    expect(verdict(film, whole, 62)).toMatchObject({ codec: 'aac', contentType: 'audio/mp4' });
  });

  it.each([
    [{ codec: 'ac3' }, 'something of the kind "ac3"'],
    [{ codec: undefined }, 'something of the kind "unknown"'],
    [{ sampleRateHz: 1 }, 'A sample rate of 1 Hz is not supported'],
    [{ channels: 24 }, '24 channels are not supported'],
  ])('name the unsupported property %j', (change, sentence) => {
    expect(() => checkContainer(probe({ streams: [stream(change)] }), whole, limits)).toThrow(sentence);
  });

  it('never report more kbit/s than the file size allows', () => {
    const nominal = probe({ bytes: 1_000_000, streams: [stream({ bitrateKbps: 320 })] });
    expect(verdict(nominal, whole, 100).bitrateKbps).toBe(80);
  });
});

describe('wavSeconds', () => {
  const wav = (dataSize: number, before: Buffer = Buffer.alloc(0)) => {
    const head = Buffer.from('RIFF....WAVEfmt \x10\0\0\0\x01\0\x02\0', 'latin1');
    const rates = Buffer.alloc(12);
    rates.writeUInt32LE(44_100, 0);
    // A wrong average byte rate, as some writers leave it.
    rates.writeUInt32LE(1, 4);
    rates.writeUInt16LE(4, 8);
    const data = Buffer.from('data....', 'latin1');
    data.writeUInt32LE(dataSize, 4);
    return Buffer.concat([head, rates, before, data]);
  };

  it('reads the declared length', () => expect(wavSeconds(wav(1_764_000))).toBe(10));
  it('skips chunks of odd length', () =>
    expect(wavSeconds(wav(1_764_000, Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')))).toBe(10));
  it.each([0, 0xffffffff, 0x7ffff000])('knows that a streamed WAV promises nothing (size %d)', (size) =>
    expect(wavSeconds(wav(size))).toBeUndefined(),
  );
  it('survives any bytes', () => {
    expect(wavSeconds(Buffer.alloc(0))).toBeUndefined();
    expect(wavSeconds(wav(1).subarray(0, 30))).toBeUndefined();
  });
});

describe('asfSeconds', () => {
  const asf = (flags: number) => {
    const object = Buffer.alloc(104);
    Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex').copy(object);
    object.writeBigUInt64LE(231_000_000n, 64);
    object.writeBigUInt64LE(3100n, 80);
    object.writeUInt32LE(flags, 88);
    return Buffer.concat([Buffer.alloc(30), object]);
  };

  it('reads the declared length without the preroll', () => expect(asfSeconds(asf(2))).toBeCloseTo(20));
  it('returns undefined for a broadcast', () => expect(asfSeconds(asf(3))).toBeUndefined());
  it('survives any bytes', () => expect(asfSeconds(asf(2).subarray(0, 80))).toBeUndefined());
});

describe('oggIsCut', () => {
  const page = (bytes: number) => {
    const header = Buffer.alloc(28);
    header.write('OggS', 0, 'latin1');
    header[26] = 1;
    header[27] = bytes;
    return Buffer.concat([header, Buffer.alloc(bytes, 7)]);
  };

  it('is false for whole pages, also with bytes behind them', () => {
    expect(oggIsCut(page(200))).toBe(false);
    expect(oggIsCut(Buffer.concat([page(200), Buffer.alloc(50)]))).toBe(false);
  });
  it('is true for a page without its end or half its header', () => {
    expect(oggIsCut(Buffer.concat([page(200), page(200).subarray(0, 120)]))).toBe(true);
    expect(oggIsCut(Buffer.concat([page(200), page(200).subarray(0, 12)]))).toBe(true);
  });
  it('is false for other formats', () => expect(oggIsCut(Buffer.alloc(100))).toBe(false));
});
