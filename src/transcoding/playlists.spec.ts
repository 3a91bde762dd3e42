import { QUALITIES } from '../songs/quality.js';
import { hlsCommand } from './hls-command.js';
import { measureBandwidth, strictlyIncreasing, writeMasterPlaylist } from './master-playlist.js';
import { mendMediaPlaylist, readMediaPlaylist, writeMediaPlaylist } from './media-playlist.js';

const FROM_FFMPEG = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:0
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:0.323244,
segment-00000.ts
#EXT-X-ENDLIST
`;

describe('a media playlist', () => {
  it('is written anew with a target duration of at least a second', () => {
    expect(mendMediaPlaylist(FROM_FFMPEG)).toBe(`#EXTM3U
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

  it('of fMP4 names its initialisation section and asks for no higher version than that needs', () => {
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

  it('reads what it wrote', () => {
    const playlist = {
      targetDurationSeconds: 6,
      init: 'init.mp4',
      segments: [{ uri: 'segment-00000.m4s', seconds: 6.013968 }],
    };
    expect(readMediaPlaylist(writeMediaPlaylist(playlist))).toEqual(playlist);
  });

  it.each([
    ['is not of type VOD', FROM_FFMPEG.replace('#EXT-X-PLAYLIST-TYPE:VOD\n', '')],
    ['has no end', FROM_FFMPEG.replace('#EXT-X-ENDLIST\n', '')],
    ['is not a media playlist', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2"\na.m3u8\n'],
    ['EXTM3U', 'nothing of the kind'],
    ['discontinuity', FROM_FFMPEG.replace('#EXTINF', '#EXT-X-DISCONTINUITY\n#EXTINF')],
  ])('is refused when it %s', (problem, text) => {
    expect(() => mendMediaPlaylist(text)).toThrow(new RegExp(problem));
  });
});

describe('measureBandwidth', () => {
  it('takes the average over everything and the peak over segments', () => {
    const segments = [
      { seconds: 6, bytes: 90_000 },
      { seconds: 6, bytes: 99_000 },
      { seconds: 4, bytes: 60_000 },
    ];
    expect(measureBandwidth(segments, 6)).toEqual({ averageBandwidth: 124_500, bandwidth: 132_000 });
  });

  it('does not let a stub at the end pose as a peak', () => {
    const segments = [
      { seconds: 6, bytes: 75_000 },
      { seconds: 0.02, bytes: 1504 },
    ];
    const { bandwidth } = measureBandwidth(segments, 6);
    expect(bandwidth).toBe(Math.ceil((8 * 76_504) / 6.02));
    expect(bandwidth).toBeLessThan(102_000);
  });

  it('is the average for a song shorter than any run', () => {
    expect(measureBandwidth([{ seconds: 0.3, bytes: 4800 }], 1)).toEqual({
      averageBandwidth: 128_000,
      bandwidth: 128_000,
    });
  });
});

describe('a master playlist', () => {
  const rungs = (...rates: [bandwidth: number, averageBandwidth: number][]) =>
    rates.map(([bandwidth, averageBandwidth], i) => ({
      quality: QUALITIES[i]!,
      bandwidth,
      averageBandwidth,
    }));

  it('offers 128k first and tells the truth about every rung', () => {
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

  it('keeps the rungs of silence apart', () => {
    const silence = strictlyIncreasing(rungs([9000, 9000], [9000, 9000], [8000, 8000], [9002, 9000]));
    expect(silence.map(({ bandwidth }) => bandwidth)).toEqual([9000, 9001, 9002, 9003]);
  });

  it('leaves true peaks alone', () => {
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

  it('asks for one rung of MPEG-TS', () => {
    const { outputOptions, output } = hlsCommand(order);
    expect(outputOptions.join(' ')).toBe(
      '-map 0:a:0 -vn -sn -dn -map_metadata -1 -map_chapters -1 ' +
        '-af aresample=async=1:first_pts=0:rematrix_maxval=1 -t 201.500 ' +
        '-c:a aac -aac_coder fast -b:a 128k -ar 44100 -ac 2 -flags:a +bitexact -fflags +bitexact ' +
        '-f hls -hls_time 6 -hls_playlist_type vod -hls_segment_type mpegts -hls_flags temp_file -start_number 0 ' +
        '-hls_segment_filename /staging/100%%/128k/segment-%05d.ts',
    );
    expect(output).toBe('/staging/100%/128k/playlist.m3u8');
  });

  it('asks for fMP4 with an initialisation section beside its segments', () => {
    const { outputOptions } = hlsCommand({ ...order, segmentType: 'fmp4', coder: 'twoloop' });
    expect(outputOptions.join(' ')).toContain(
      '-hls_segment_type fmp4 -hls_flags temp_file -start_number 0 -hls_fmp4_init_filename init.mp4 ' +
        '-hls_segment_filename /staging/100%%/128k/segment-%05d.m4s',
    );
    expect(outputOptions).toContain('twoloop');
  });
});
