import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Config } from '../platform/config/config.js';
import { EventBus, type EventStream } from '../events/event-bus.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { ProcessingState } from '../songs/processing/processing.schema.js';
import { Song, type SongDocument } from '../songs/song.schema.js';
import { WebhookCursor } from './webhook-cursor.schema.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import { WebhookDispatcher } from './webhook-dispatcher.service.js';
import { toDelivery, type OutboxEntry } from './webhook-payload.js';
import { Webhook, type WebhookDocument } from './webhook.schema.js';

/** Overlap with the previous pass, milliseconds, because the workers' estimates of the database's time differ. */
const OVERLAP_MS = 60_000;
/** Songs per database query. */
const BATCH = 200;
const CURSOR_ID = 'songs';

/**
 * Writes the outbox from the songs themselves: each run that has ended since the cursor gets one delivery per webhook.
 * Events only trigger a pass, so if a worker is killed right after a publish, the delivery is late but never lost.
 */
@Injectable()
export class WebhookOutboxWriter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookOutboxWriter.name);
  private events?: EventStream;
  private readonly task: PeriodicTask;

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    @InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>,
    @InjectModel(WebhookCursor.name) private readonly cursors: Model<WebhookCursor>,
    private readonly deliveries: WebhookDeliveryRepository,
    private readonly dispatcher: WebhookDispatcher,
    private readonly eventBus: EventBus,
    config: Config,
  ) {
    this.task = new PeriodicTask({
      work: () => this.pass(),
      pauseMs: config.SWEEP_SECONDS * 1000,
      onFailure: (e) => this.logger.warn(`the outbox could not be written, will retry: ${e.message}`),
    });
  }

  onApplicationBootstrap(): void {
    this.events = this.eventBus.subscribe(({ type }) =>
      ['song.ready', 'song.failed', 'events.missed'].includes(type),
    );
    void this.listen(this.events);
    this.task.start();
    this.task.runSoon();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.events?.return();
    await this.task.stop();
  }

  private async listen(events: EventStream): Promise<void> {
    for await (const _ of events) this.task.runSoon();
  }

  private async pass(): Promise<void> {
    const webhooks = await this.webhooks.find({ enabled: true });
    if (webhooks.length === 0) return;
    let from = await this.startOf(webhooks);
    for (;;) {
      const songs = await this.endedAfter(from);
      const last = songs.at(-1)?.processing.finishedAt;
      if (!last) return;
      if (await this.deliveries.addNew(deliveriesOf(songs, webhooks))) this.dispatcher.deliverSoon();
      await this.cursors.updateOne({ _id: CURSOR_ID }, { $max: { reachedAt: last } }, { upsert: true });
      if (songs.length < BATCH) return;
      from = last;
    }
  }

  /** The time after which runs may lack deliveries: a little before the cursor, and not before the oldest webhook. */
  private async startOf(webhooks: WebhookDocument[]): Promise<Date> {
    const reachedAt = (await this.cursors.findById(CURSOR_ID))?.reachedAt.getTime() ?? 0;
    const oldest = Math.min(...webhooks.map(({ createdAt }) => createdAt.getTime()));
    return new Date(Math.max(reachedAt - OVERLAP_MS, oldest));
  }

  /** The first songs whose run ended after this time. */
  private async endedAfter(from: Date): Promise<SongDocument[]> {
    return this.songs
      .find({ 'processing.finishedAt': { $gt: from } })
      .sort({ 'processing.finishedAt': 1 })
      .limit(BATCH);
  }
}

function deliveriesOf(songs: SongDocument[], webhooks: WebhookDocument[]): OutboxEntry[] {
  const { READY, FAILED } = ProcessingState;
  return songs
    .filter(({ processing }) => [READY, FAILED].includes(processing.state))
    .flatMap((song) => webhooks.map((webhook) => toDelivery(webhook, song)))
    .filter((entry) => entry !== null);
}
