import { QUALITIES } from '../songs/processing/quality.js';
import { hlsCommand } from './hls-command.js';
import { measureBandwidth, strictlyIncreasing, writeMasterPlaylist } from './master-playlist.js';
import { cutTimes } from './segment-cuts.js';
import { readMediaPlaylist, readSegmentList, writeMediaPlaylist } from './media-playlist.js';

const ONE_SEGMENT = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:0.323244,
segment-00000.ts
#EXT-X-ENDLIST
`;

describe('writeMediaPlaylist', () => {
  it("writes the encoder's list with a target duration of at least one second", () => {
    expect(writeMediaPlaylist({ segments: readSegmentList('segment-00000.ts,0.000000,0.323244\n') }))
      .toBe(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:1
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXTINF:0.323244,
segment-00000.ts
#EXT-X-ENDLIST
`);
  });

  it('names the fMP4 initialisation section and uses the lowest version that allows it', () => {
    const segments = [
      { uri: 'segment-00000.m4s', seconds: 6.013968 },
      { uri: 'segment-00001.m4s', seconds: 2.004535 },
    ];
    expect(writeMediaPlaylist({ init: 'init.mp4', segments })).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.013968,
segment-00000.m4s
#EXTINF:2.004535,
segment-00001.m4s
#EXT-X-ENDLIST
`);
  });

  it('writes a playlist that readMediaPlaylist reads back', () => {
    const playlist = {
      targetDurationSeconds: 6,
      init: 'init.mp4',
      segments: [{ uri: 'segment-00000.m4s', seconds: 6.013968 }],
    };
    expect(readMediaPlaylist(writeMediaPlaylist(playlist))).toEqual(playlist);
  });

  it.each([
    ['is not of type VOD', ONE_SEGMENT.replace('#EXT-X-PLAYLIST-TYPE:VOD\n', '')],
    ['has no end', ONE_SEGMENT.replace('#EXT-X-ENDLIST\n', '')],
    ['is not a media playlist', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2"\na.m3u8\n'],
    ['EXTM3U', 'nothing of the kind'],
    ['discontinuity', ONE_SEGMENT.replace('#EXTINF', '#EXT-X-DISCONTINUITY\n#EXTINF')],
  ])('readMediaPlaylist refuses a playlist that fails a check: %s', (problem, text) => {
    expect(() => readMediaPlaylist(text)).toThrow(new RegExp(problem));
  });
});

describe('readSegmentList', () => {
  it.each(['', 'segment-00000.ts,0', 'segment-00000.ts,2,2', ',0,2', 'segment-00000.ts,0,2,3'])(
    'refuses a list with the line %j, but accepts an empty list',
    (line) => {
      if (line === '') expect(readSegmentList(line)).toEqual([]);
      else expect(() => readSegmentList(line)).toThrow('lists');
    },
  );
});

describe('cutTimes', () => {
  it('starts with short segments for a fast start and continues with six seconds', () => {
    const cuts = cutTimes(300);
    expect(cuts.slice(0, 14)).toEqual([
      2, 3.5, 5.5, 7.5, 9.5, 11.5, 14.5, 17.5, 20.5, 24.5, 28.5, 33.5, 39.5, 45.5,
    ]);
    expect(300 - cuts.at(-1)!).toBeLessThanOrEqual(6);
  });

  it.each([0.3, 1, 2, 2.2, 2.5, 5, 33.6, 39.7, 45.89, 45.91, 14_400])('without a stub at %d s', (seconds) => {
    const edges = [0, ...cutTimes(seconds), seconds];
    const lengths = edges.slice(1).map((edge, i) => edge - edges[i]!);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(Math.min(seconds, 0.4) - 1e-9);
    expect(Math.max(...lengths)).toBeLessThan(6.4 + 1e-9);
  });
});

describe('measureBandwidth', () => {
  it('averages over all segments and takes the peak over runs of segments', () => {
    const segments = [
      { seconds: 6, bytes: 90_000 },
      { seconds: 6, bytes: 99_000 },
      { seconds: 4, bytes: 60_000 },
    ];
    expect(measureBandwidth(segments, 6)).toEqual({ averageBandwidth: 124_500, bandwidth: 132_000 });
  });

  it('does not count a short segment at the end as a peak', () => {
    const segments = [
      { seconds: 6, bytes: 75_000 },
      { seconds: 0.02, bytes: 1504 },
    ];
    const { bandwidth } = measureBandwidth(segments, 6);
    expect(bandwidth).toBe(Math.ceil((8 * 76_504) / 6.02));
    expect(bandwidth).toBeLessThan(102_000);
  });

  it('peaks at the average for a song shorter than any run', () => {
    expect(measureBandwidth([{ seconds: 0.3, bytes: 4800 }], 1)).toEqual({
      averageBandwidth: 128_000,
      bandwidth: 128_000,
    });
  });
});

describe('writeMasterPlaylist', () => {
  const rungs = (...rates: [bandwidth: number, averageBandwidth: number][]) =>
    rates.map(([bandwidth, averageBandwidth], i) => ({
      quality: QUALITIES[i]!,
      bandwidth,
      averageBandwidth,
    }));

  it('lists 128k first and states the measured bandwidth of every rung', () => {
    const text = writeMasterPlaylist(
      rungs([73_000, 72_200], [141_800, 141_200], [283_900, 281_600], [381_400, 374_800]),
      false,
    );
    expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=141800,AVERAGE-BANDWIDTH=141200,CODECS="mp4a.40.2"
128k/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=73000,AVERAGE-BANDWIDTH=72200,CODECS="mp4a.40.2"
64k/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=283900,AVERAGE-BANDWIDTH=281600,CODECS="mp4a.40.2"
256k/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=381400,AVERAGE-BANDWIDTH=374800,CODECS="mp4a.40.2"
320k/playlist.m3u8
`);
  });

  it('has distinct bandwidths for the rungs of a silent song', () => {
    const silence = strictlyIncreasing(rungs([9000, 9000], [9000, 9000], [8000, 8000], [9002, 9000]));
    expect(silence.map(({ bandwidth }) => bandwidth)).toEqual([9000, 9001, 9002, 9003]);
  });

  it('keeps measured peaks that are distinct already', () => {
    const true_ = rungs([73_000, 1], [141_800, 1], [283_900, 1], [381_400, 1]);
    expect(strictlyIncreasing(true_)).toEqual(true_);
  });
});

describe('hlsCommand', () => {
  const order = {
    quality: QUALITIES[1]!,
    durationSeconds: 200.5,
    coder: 'fast',
    segmentType: 'mpegts',
    directory: '/staging/100%',
  } as const;

  it('encodes one rung to MPEG-TS', () => {
    const { outputOptions, output } = hlsCommand(order);
    expect(outputOptions.join(' ')).toBe(
      '-map 0:a:0 -vn -sn -dn -map_metadata -1 -map_chapters -1 ' +
        '-af aresample=async=1:first_pts=0:rematrix_maxval=1 -t 201.500 ' +
        '-c:a aac -aac_coder fast -b:a 128k -ar 44100 -ac 2 -flags:a +bitexact -fflags +bitexact ' +
        `-f segment -segment_times ${cutTimes(200.5).join(',')} -segment_format mpegts -segment_format_options pat_period=60:sdt_period=60 ` +
        '-individual_header_trailer 0 ' +
        '-segment_list /staging/100%/128k/segments.csv -segment_list_type csv',
    );
    expect(output).toBe('/staging/100%%/128k/segment-%05d.ts');
  });

  it('encodes fMP4 with an initialisation section beside its segments', () => {
    const { outputOptions, output } = hlsCommand({ ...order, segmentType: 'fmp4', coder: 'twoloop' });
    expect(outputOptions.join(' ')).toContain('-segment_header_filename /staging/100%/128k/init.mp4');
    expect(output).toBe('/staging/100%%/128k/segment-%05d.m4s');
    expect(outputOptions).toContain('twoloop');
  });
});
