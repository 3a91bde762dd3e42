import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { databaseTime } from '../platform/mongo/database-clock.service.js';
import { createOnce } from '../platform/mongo/unanswered-write.js';
import { SHORTENING, type Amount } from './playlist-reservation.js';
import {
  MAX_COLLABORATORS,
  MAX_ENTRIES,
  Playlist,
  type PlaylistDocument,
  type PlaylistState,
} from './playlist.schema.js';

/** The facts of a playlist that its owner chooses. */
export type PlaylistFacts = Pick<Playlist, 'title' | 'description' | 'visibility'>;

/**
 * The one writer of `playlists`: each method is one conditional write. playlist-reservation.ts explains `held`,
 * `touchedAt`, `countedAt` and `arrangingUntil`.
 */
@Injectable()
export class PlaylistRepository {
  constructor(@InjectModel(Playlist.name) private readonly playlists: Model<Playlist>) {}

  /** Creates a playlist without entries, once even if the database's answer is lost. */
  create(accountId: string, facts: PlaylistFacts, state: PlaylistState): Promise<PlaylistDocument> {
    const ownerId = new Types.ObjectId(accountId);
    return createOnce(this.playlists, {
      ...facts,
      // A fully random id, because the id is what protects an unlisted playlist.
      _id: new Types.ObjectId(randomBytes(12)),
      ownerId,
      members: [ownerId],
      state,
    });
  }

  /** Null if the playlist is gone. */
  setFacts(id: string, facts: Partial<PlaylistFacts>): Promise<PlaylistDocument | null> {
    return this.change(id, {}, { $set: { ...facts, touchedAt: databaseTime() } });
  }

  /** Null if the playlist has MAX_COLLABORATORS already, or is gone. */
  addMember(id: string, accountId: string): Promise<PlaylistDocument | null> {
    // `members` starts with the owner, so index MAX_COLLABORATORS is the last collaborator.
    const hasPlace = { [`members.${MAX_COLLABORATORS}`]: { $exists: false } };
    return this.change(id, hasPlace, { $addToSet: { members: new Types.ObjectId(accountId) } });
  }

  /** Null if the playlist is gone. */
  removeMember(id: string, accountId: string): Promise<PlaylistDocument | null> {
    return this.change(id, {}, { $pull: { members: new Types.ObjectId(accountId) } });
  }

  /**
   * Begins an edit: reserves places and sets the time of the last edit, provided the account may edit, the places are
   * free and no keys are being shortened at `now`. Resolves to whether that was so.
   */
  async beginEdit(id: string, accountId: string, { held, seconds }: Amount, now: Date): Promise<boolean> {
    const { matchedCount } = await this.playlists.updateOne(
      {
        _id: id,
        state: 'LIVE',
        members: new Types.ObjectId(accountId),
        held: { $lte: MAX_ENTRIES - held },
        ...SHORTENING.free(now),
      },
      {
        $inc: { held, durationSeconds: seconds },
        $set: { touchedAt: now, countedAt: null, ...SHORTENING.released },
      },
    );
    return matchedCount === 1;
  }

  async release(id: string, { held, seconds }: Amount): Promise<void> {
    await this.playlists.updateOne({ _id: id }, { $inc: { held: -held, durationSeconds: -seconds } });
  }

  /** Stores a count, unless an edit has begun since `seen` was read. Resolves to whether it was stored. */
  async setCount(seen: PlaylistDocument, { held, seconds }: Amount): Promise<boolean> {
    const { matchedCount } = await this.playlists.updateOne(
      { _id: seen._id, touchedAt: seen.touchedAt },
      { $set: { held, durationSeconds: seconds, countedAt: databaseTime() } },
    );
    return matchedCount === 1;
  }

  /**
   * Makes edits wait, unless one has begun since `seen` was read. An expired claim is not taken over, since
   * a late write of its holder could still land between two keys of the next: the next edit clears it, and after that
   * edit REST_MS pass before keys are shortened again.
   */
  async claimShortening(seen: PlaylistDocument, now: Date): Promise<boolean> {
    const { matchedCount } = await this.playlists.updateOne(
      { _id: seen._id, touchedAt: seen.touchedAt, ...SHORTENING.released },
      { $set: SHORTENING.taken(now) },
    );
    return matchedCount === 1;
  }

  /** Ends the claim that was made at this time, if it is still the current one. */
  async endShortening({ _id }: PlaylistDocument, now: Date): Promise<void> {
    await this.playlists.updateOne({ _id, ...SHORTENING.taken(now) }, { $set: SHORTENING.released });
  }

  /** MAKING to LIVE. Null if upkeep has removed the copy. */
  completeCopy({ _id }: PlaylistDocument, { held, seconds }: Amount): Promise<PlaylistDocument | null> {
    const now = databaseTime();
    return this.playlists
      .findOneAndUpdate(
        { _id, state: 'MAKING' },
        { $set: { state: 'LIVE', held, durationSeconds: seconds, touchedAt: now, countedAt: now } },
        { returnDocument: 'after' },
      )
      .exec();
  }

  /** LIVE to REMOVING: nobody sees the playlist from now on. */
  async hide(id: string): Promise<void> {
    await this.playlists.updateOne({ _id: id }, { $set: { state: 'REMOVING', touchedAt: databaseTime() } });
  }

  async delete({ _id }: PlaylistDocument): Promise<void> {
    await this.playlists.deleteOne({ _id });
  }

  private change(id: string, condition: object, update: object): Promise<PlaylistDocument | null> {
    return this.playlists
      .findOneAndUpdate({ _id: id, state: 'LIVE', ...condition }, update, { returnDocument: 'after' })
      .exec();
  }
}
