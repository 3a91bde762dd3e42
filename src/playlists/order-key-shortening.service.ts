import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { PlaylistEntryRepository } from './playlist-entry.repository.js';
import type { KeyChange } from './playlist-recount.js';
import { SHORTENING } from './playlist-reservation.js';
import { PlaylistRepository } from './playlist.repository.js';
import type { PlaylistDocument } from './playlist.schema.js';

/** No batch begins later than this, so that the last one has ended before the claim does. */
const WORK_MS = SHORTENING.ttlMs / 2;

/** Shortens keys that thousands of insertions at one position have made long. Edits wait meanwhile (PlaylistQuota). */
@Injectable()
export class OrderKeyShortening {
  constructor(
    private readonly playlists: PlaylistRepository,
    private readonly entries: PlaylistEntryRepository,
    private readonly clock: DatabaseClock,
  ) {}

  /** Does nothing if the playlist was edited since `seen` was read. A later recount completes what is left undone. */
  async run(seen: PlaylistDocument, changes: KeyChange[]): Promise<void> {
    const began = performance.now();
    const now = await this.clock.now();
    if (!(await this.playlists.claimShortening(seen, now))) return;
    await this.entries.changeKeys(changes, () => performance.now() - began < WORK_MS);
    await this.playlists.endShortening(seen, now);
  }
}
