import { Injectable } from '@nestjs/common';
import { ReadThroughCache } from '../platform/cache/read-through-cache.service.js';
import { checkedId } from '../platform/mongo/object-id.js';
import type { StoreName } from '../platform/config/store-settings.js';
import type { Generation, Rendition } from '../songs/processing/generation.schema.js';
import { QUALITIES } from '../songs/processing/quality.js';
import { hlsAnswerKey, MASTER_PLAYLIST, mediaPlaylist, PEAKS, songMedia } from '../songs/media/song-media.js';
import type { Song } from '../songs/song.schema.js';
import type { SoundFacts } from '../songs/processing/sound-facts.schema.js';
import { SongsService } from '../songs/songs.service.js';
import type { HlsQuality, SourcesOfSong } from './hls-sources.js';
import type { StoredMedia } from './media-urls.service.js';

type UrlOf = (media: StoredMedia) => string;

/** The cached data of a song for playback: facts and storage keys, but no URLs. */
export interface PlayableSong {
  songId: string;
  originalKey: string;
  /** Absent (like `generationStore`) in entries cached by an earlier version. */
  originalStore?: StoreName;
  durationSeconds: number;
  generation: string | null;
  generationStore?: StoreName;
  renditions: Rendition[];
  /** Absent in entries cached by an earlier version. */
  facts?: SoundFacts | null;
}

@Injectable()
export class HlsSourcesService {
  constructor(
    private readonly songs: SongsService,
    private readonly cache: ReadThroughCache,
  ) {}

  /**
   * Reads from memory, else from Redis, else from the database. Throws NotFoundError.
   *
   * @param urlOf builds the URL of a stored object
   */
  async of(songId: string, urlOf: UrlOf): Promise<SourcesOfSong> {
    const id = checkedId('Song', songId);
    const song = await this.cache.get(hlsAnswerKey(id), async () => playable(await this.songs.get(id)));
    return toSources(song, urlOf);
  }
}

function playable(song: Song): PlayableSong {
  const generation = song.generations.find(({ id }) => id === song.publishedGeneration);
  return {
    songId: song.id,
    originalKey: song.original.key,
    originalStore: song.original.store,
    durationSeconds: generation?.durationSeconds ?? song.durationSeconds,
    generation: generation?.id ?? null,
    generationStore: generation?.store,
    renditions: (generation?.renditions ?? []).map(
      ({ name, bitrateKbps, bandwidth, averageBandwidth, codecs, bytes, segments }) => ({
        name,
        bitrateKbps,
        bandwidth,
        averageBandwidth,
        codecs,
        bytes,
        segments,
      }),
    ),
    facts: toSoundFacts(generation),
  };
}

export function toSources(song: PlayableSong, urlOf: UrlOf): SourcesOfSong {
  const { songId, generation, durationSeconds, generationStore = 'local', originalStore = 'local' } = song;
  const fileUrl = (file: string) =>
    generation ? urlOf({ key: songMedia.hls(songId, generation, file), store: generationStore }) : null;
  return {
    songId,
    hlsAvailable: generation !== null,
    masterPlaylist: fileUrl(MASTER_PLAYLIST),
    qualities: QUALITIES.flatMap(({ name, label }): HlsQuality[] => {
      const rendition = song.renditions.find((r) => r.name === name);
      const url = fileUrl(mediaPlaylist(name));
      if (!rendition || !url) return [];
      const { bitrateKbps, bandwidth, averageBandwidth, codecs, bytes } = rendition;
      return [{ name, label, bitrateKbps, bandwidth, averageBandwidth, codecs, url, bytes }];
    }),
    fallbackUrl: urlOf({ key: song.originalKey, store: originalStore }),
    generation,
    durationSeconds,
    loudness: song.facts?.loudness ?? null,
    gapless: song.facts?.gapless ?? null,
    silence: song.facts?.silence ?? null,
    peaksUrl: song.facts ? fileUrl(PEAKS) : null,
  };
}

/** Copies the facts into plain objects, because cached entries are serialised as JSON. */
function toSoundFacts(generation?: Generation): SoundFacts | null {
  if (!generation?.facts) return null;
  const { loudness, gapless, silence } = generation.facts;
  return {
    loudness: {
      integratedLufs: loudness.integratedLufs,
      rangeLu: loudness.rangeLu,
      truePeakDbtp: loudness.truePeakDbtp,
      trackGainDb: loudness.trackGainDb,
      trackPeak: loudness.trackPeak,
      headroomDb: loudness.headroomDb,
    },
    gapless: gapless && {
      encoderDelaySamples: gapless.encoderDelaySamples,
      paddingSamples: gapless.paddingSamples,
      totalSamples: gapless.totalSamples,
      sampleRateHz: gapless.sampleRateHz,
    },
    silence: { leadingSeconds: silence.leadingSeconds, trailingSeconds: silence.trailingSeconds },
  };
}
