import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { mongo, type Model } from 'mongoose';
import { ReadThroughCache } from '../platform/cache/read-through-cache.service.js';
import type { StoreName } from '../platform/config/store-settings.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { hlsAnswerKey, MASTER_PLAYLIST, mediaPlaylist, PEAKS, songMedia } from '../songs/media/song-media.js';
import type { Rendition } from '../songs/processing/generation.schema.js';
import { QUALITIES } from '../songs/processing/quality.js';
import { factsOrNulls, type SoundFacts } from '../songs/processing/sound-facts.schema.js';
import { Song } from '../songs/song.schema.js';
import type { HlsQuality, HlsSources } from './hls-sources.js';
import type { RequestUrls } from './media-urls.service.js';

/** The cache stores JSON, which has no dates; extended JSON has every type of a stored document. */
const { EJSON } = mongo.BSON;

/** The cached data of a song for playback: facts and storage keys, but no URLs. */
export interface PlayableSong {
  songId: string;
  originalKey: string;
  /** Absent (like `generationStore`) in entries cached by an earlier version. */
  originalStore?: StoreName;
  durationSeconds: number;
  generation: string | null;
  generationStore?: StoreName;
  /** As they are stored. */
  renditions: Rendition[];
  /** As they are stored; absent in entries cached by an earlier version. */
  facts?: SoundFacts | null;
}

/** What is read of a song. A rendition and the facts are read whole, so nothing here knows their fields. */
const PLAYABLE =
  'original.key original.store durationSeconds publishedGeneration ' +
  'generations.id generations.store generations.durationSeconds generations.renditions generations.facts';

@Injectable()
export class HlsSourcesService {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly cache: ReadThroughCache,
  ) {}

  /** Reads from memory, else from Redis, else from the database. Throws NotFoundError. */
  async of(songId: string, urls: RequestUrls): Promise<HlsSources> {
    const id = checkedId('Song', songId);
    const cached = await this.cache.get(hlsAnswerKey(id), async () => EJSON.serialize(await this.read(id)));
    return toSources(EJSON.deserialize(cached) as unknown as PlayableSong, urls);
  }

  private async read(songId: string): Promise<PlayableSong> {
    const song = await this.songs.findById(songId).select(PLAYABLE).lean();
    if (!song) throw new NotFoundError('Song', songId);
    const { original, generations = [], publishedGeneration } = song;
    const published = generations.find(({ id }) => id === publishedGeneration);
    return {
      songId,
      originalKey: original.key,
      originalStore: original.store ?? 'local',
      durationSeconds: published?.durationSeconds ?? song.durationSeconds,
      generation: published?.id ?? null,
      generationStore: published?.store ?? 'local',
      renditions: published?.renditions ?? [],
      facts: published?.facts ?? null,
    };
  }
}

export function toSources(song: PlayableSong, urls: RequestUrls): HlsSources {
  const { songId, generation, generationStore = 'local', originalStore = 'local' } = song;
  const fileUrl = (file: string) =>
    generation ? urls.of({ key: songMedia.hls(songId, generation, file), store: generationStore }) : null;
  return {
    songId,
    hlsAvailable: generation !== null,
    masterPlaylist: fileUrl(MASTER_PLAYLIST),
    qualities: QUALITIES.flatMap(({ name, label }): HlsQuality[] => {
      const rendition = song.renditions.find((r) => r.name === name);
      const url = fileUrl(mediaPlaylist(name));
      return rendition && url ? [{ ...rendition, label, url }] : [];
    }),
    fallbackUrl: urls.of({ key: song.originalKey, store: originalStore }),
    generation,
    durationSeconds: song.durationSeconds,
    ...factsOrNulls(song.facts),
    peaksUrl: song.facts ? fileUrl(PEAKS) : null,
    expiresAt: urls.expiresAt,
  };
}
