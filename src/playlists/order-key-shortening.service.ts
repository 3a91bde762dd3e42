import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { PlaylistEntryRepository } from './playlist-entry.repository.js';
import type { KeyChange } from './playlist-recount.js';
import { PlaylistRepository } from './playlist.repository.js';
import type { PlaylistDocument } from './playlist.schema.js';

/** How long edits wait at most, even if this process dies meanwhile. */
const CLAIM_MS = 20_000;
/** No batch begins later than this, so that the last one has ended before the claim does. */
const WORK_MS = CLAIM_MS / 2;

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
    const until = await this.clock.in(CLAIM_MS);
    if (!(await this.playlists.claimShortening(seen, until))) return;
    await this.entries.changeKeys(changes, () => performance.now() - began < WORK_MS);
    await this.playlists.endShortening(seen, until);
  }
}
