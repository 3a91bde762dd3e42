import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { Lease } from '../../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { withLogContext } from '../../platform/logging/log-context.js';
import { Config } from '../../platform/config/config.js';
import type { CheckRound } from './check-round.schema.js';
import { CheckRounds } from './check-rounds.service.js';
import { LostMediaList } from './lost-media-list.service.js';
import { MediaLook, UnansweredLookError } from './media-look.service.js';
import { MediaOwners, partKind, type MediaOwner } from './media-owners.service.js';
import { ORIGINAL_MISSING, remedyFor } from './remedy.js';
import { SongRemedies } from './song-remedies.service.js';
import { StoreImpressions } from './store-impressions.js';

const PAUSE_SECONDS = 60;
const PAGE = 50;
/** Interval in which missing media is checked again (in addition to every round), milliseconds. */
const RECHECK_MS = 15 * 60_000;

/** Number of the oldest songs that are checked as well before a store is considered empty. */
const SAMPLE_SONGS = 20;

/** State of one pass. */
interface Pass {
  signal: AbortSignal;
  round: CheckRound;
  now: Date;
  deadline: number;
  stores: StoreImpressions;
  /** Owners with confirmed lost media, and songs that were given up before. */
  affected: { owner: MediaOwner; lost: Set<string> }[];
}

/**
 * Checks in rounds, a few requests at a time, that the stores have all media of songs and albums, and has lost
 * generations transcoded again. A store that does not answer gives no result. Media counts as lost only after a second
 * check; if much or all of the checked media is missing, the operator has to act, because a volume may not be mounted.
 */
@Injectable()
export class SelfCheck implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('SelfCheck');
  private readonly task: PeriodicTask;
  private readonly pauseMs: number;
  private failure = '';

  constructor(
    private readonly owners: MediaOwners,
    private readonly look: MediaLook,
    private readonly list: LostMediaList,
    private readonly progress: CheckRounds,
    private readonly remedies: SongRemedies,
    private readonly clock: DatabaseClock,
    private readonly config: Config,
    lease: Lease,
  ) {
    this.pauseMs = Math.min(PAUSE_SECONDS, config.SELF_CHECK_SECONDS) * 1000;
    this.task = new PeriodicTask({
      work: (signal) => this.pass(signal),
      pauseMs: this.pauseMs,
      onFailure: (e) => this.logFailure(e.message),
      inOneProcess: { lease, name: 'self-check' },
    });
  }

  onApplicationBootstrap(): void {
    if (this.config.SELF_CHECK_SECONDS > 0 && this.config.selfCheckRequestsPerDay > 0) this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async pass(signal: AbortSignal): Promise<void> {
    const [round, now] = await Promise.all([this.progress.open(), this.clock.now()]);
    const deadline = performance.now() + this.pauseMs;
    const pass: Pass = { signal, round, now, deadline, stores: new StoreImpressions(), affected: [] };
    try {
      await this.recheckMissing(pass);
      await this.continueRound(pass);
      await this.applyRemedies(pass);
      if (pass.round.lookedAt === now) this.failure = '';
    } finally {
      await this.progress.keep(pass.round);
    }
  }

  private async recheckMissing(pass: Pass): Promise<void> {
    for (const known of await this.list.due(pass.now, PAGE)) {
      if (this.isSpent(pass)) return;
      const owner = await this.owners.read(known);
      if (owner) await this.examine(owner, pass);
      else await this.list.note(known, [], pass.now, pass.now);
    }
  }

  private async continueRound(pass: Pass): Promise<void> {
    const { round } = pass;
    while (!round.endedAt && !this.isSpent(pass) && !(await this.isTooMuch(round))) {
      const page = await this.owners.page(round.kind, round.after, PAGE);
      for (const owner of page) {
        if (this.isSpent(pass)) return;
        if (await this.examine(owner, pass)) if (await this.isTooMuch(round)) return;
        round.after = owner.id;
        round.checked++;
      }
      await this.progress.keep(round);
      if (page.length === PAGE) continue;
      if (round.kind === 'album') Object.assign(round, { kind: 'song', after: null });
      else round.endedAt = await this.clock.now();
    }
  }

  /** Checks the media of one owner. Resolves to whether any was missing. */
  private async examine(owner: MediaOwner, pass: Pass): Promise<boolean> {
    const missing: MediaOwner['parts'] = [];
    for (const part of owner.parts) {
      const isWhole = await this.isWhole(part, pass.round);
      pass.round.lookedAt = pass.now;
      if (isWhole !== null) pass.stores.add(part.store, owner.id, isWhole);
      if (isWhole === false) missing.push(part);
    }
    const wait = this.config.selfCheckConfirmMs;
    const entries = await this.list.note(
      owner,
      missing.map((part) => ({ part, kind: partKind(part) })),
      pass.now,
      new Date(pass.now.getTime() + wait),
    );
    const lost = new Set(
      entries.filter(({ since }) => since.getTime() <= pass.now.getTime() - wait).map(({ _id }) => _id),
    );
    const isKnown = entries.length > 0 && lost.size === entries.length;
    const isBack = entries.length === 0 && owner.song?.processing.error?.code === ORIGINAL_MISSING;
    if (isKnown || isBack) pass.affected.push({ owner, lost });
    const later = Math.min(RECHECK_MS, this.config.SELF_CHECK_SECONDS * 1000);
    if (isKnown) await this.list.postpone(owner.id, new Date(pass.now.getTime() + later));
    return missing.length > 0;
  }

  /** Checks a media group and charges the requests to the round's budget, also if the store does not answer. */
  private async isWhole(part: MediaOwner['parts'][number], round: CheckRound): Promise<boolean | null> {
    try {
      const { isWhole, requests } = await this.look.at(part);
      round.requestsLeft -= requests;
      return isWhole;
    } catch (error) {
      if (error instanceof UnansweredLookError) round.requestsLeft -= error.requests;
      throw error;
    }
  }

  private async applyRemedies(pass: Pass): Promise<void> {
    const { round, affected } = pass;
    const halted = await this.isTooMuch(round);
    if (halted && !round.halted)
      this.logger.error('too many songs lack files: nothing is made again until a person has looked');
    round.halted = halted;
    await this.detectEmptyStore(pass);
    for (const { owner, lost } of affected) {
      if (!owner.song || pass.signal.aborted) continue;
      const remedy = remedyFor(owner.id, owner.song, lost);
      if (remedy.kind !== 'restore' && (halted || round.emptyStore)) continue;
      const changed = await withLogContext({ songId: owner.id }, () =>
        this.remedies.apply(owner.id, owner.song!, remedy),
      );
      if (changed && remedy.kind === 'remake') round.remade++;
      // Media that the song no longer refers to is not missing any more.
      const now = changed ? await this.owners.read(owner) : null;
      if (now)
        await this.list.keepOnly(
          owner.id,
          now.parts.map(({ at }) => at),
        );
    }
  }

  private async detectEmptyStore({ round, stores }: Pass): Promise<void> {
    const suspect = stores.empty();
    // This pass may have checked only media known to be missing, so a sample of other songs is checked as well.
    if (suspect) {
      for (const { id, parts } of await this.owners.page('song', null, SAMPLE_SONGS)) {
        const part = parts.find(({ store }) => store === suspect);
        if (!part || stores.empty() !== suspect) continue;
        stores.add(suspect, id, (await this.isWhole(part, round)) === true);
      }
    }
    const empty = stores.empty();
    if (empty && empty !== round.emptyStore)
      this.logger.error(`nothing of what was looked for is in the store "${empty}"`);
    if (empty || stores.hasAny()) round.emptyStore = empty;
  }

  private async isTooMuch({ remade }: CheckRound): Promise<boolean> {
    const missing = await this.list.songs();
    return missing > 0 && remade + missing > this.config.SELF_CHECK_REMAKES;
  }

  private isSpent({ signal, round, deadline }: Pass): boolean {
    return signal.aborted || round.requestsLeft < 1 || performance.now() > deadline;
  }

  /** Logs a failure once, until it changes. /health reports unavailable stores separately. */
  private logFailure(failure: string): void {
    if (failure !== this.failure) this.logger.warn(`self-check postponed: ${failure}`);
    this.failure = failure;
  }
}
