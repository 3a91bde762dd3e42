import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ignoreDuplicates } from '../platform/mongo/duplicate-key.js';
import { Config } from '../platform/config/config.js';
import { EventBus, type EventStream } from '../events/event-bus.js';
import { ProcessingState } from '../songs/processing/processing.schema.js';
import { Song, type SongDocument } from '../songs/song.schema.js';
import { WebhookDispatcher } from './webhook-dispatcher.service.js';
import { toDelivery } from './webhook-payload.js';
import { WebhookDelivery } from './webhook-delivery.schema.js';
import { Webhook, type WebhookDocument } from './webhook.schema.js';

/** Overlap with the previous pass, milliseconds, because the workers' estimates of the database's time differ. */
const OVERLAP_MS = 60_000;
/** Songs per database query. */
const BATCH = 200;
const CURSOR_ID = 'songs';

/** How far the outbox has been written. */
@Schema({ collection: 'webhook_marks' })
export class WebhookCursor {
  @Prop({ type: String })
  _id: string;

  /** Runs that ended up to this time are in the outbox. */
  @Prop({ required: true })
  reachedAt: Date;
}

export const WebhookCursorSchema = SchemaFactory.createForClass(WebhookCursor);

/**
 * Writes the outbox from the songs themselves: each run that has ended since the cursor gets one delivery per webhook.
 * Events only trigger a pass, so if a worker is killed right after a publish, the delivery is late but never lost.
 */
@Injectable()
export class WebhookOutboxWriter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookOutboxWriter.name);
  private events?: EventStream;
  private timer?: NodeJS.Timeout;
  private passing?: Promise<void>;
  private again = false;

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    @InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>,
    @InjectModel(WebhookDelivery.name) private readonly deliveries: Model<WebhookDelivery>,
    @InjectModel(WebhookCursor.name) private readonly cursors: Model<WebhookCursor>,
    private readonly dispatcher: WebhookDispatcher,
    private readonly eventBus: EventBus,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.events = this.eventBus.subscribe(({ type }) =>
      ['song.ready', 'song.failed', 'events.missed'].includes(type),
    );
    void this.listen(this.events);
    this.timer = setInterval(() => this.requestPass(), this.config.SWEEP_SECONDS * 1000).unref();
    this.requestPass();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.events?.return();
    await this.passing;
  }

  private async listen(events: EventStream): Promise<void> {
    for await (const _ of events) this.requestPass();
  }

  /** Runs one pass at a time; a request during a pass leads to another one. */
  private requestPass(): void {
    if (this.passing) return void (this.again = true);
    this.again = false;
    this.passing = this.pass()
      .catch((e: Error) => this.logger.warn(`the outbox could not be written, will retry: ${e.message}`))
      .finally(() => {
        this.passing = undefined;
        if (this.again) this.requestPass();
      });
  }

  private async pass(): Promise<void> {
    const webhooks = await this.webhooks.find({ enabled: true });
    if (webhooks.length === 0) return;
    const reachedAt = (await this.cursors.findById(CURSOR_ID))?.reachedAt.getTime() ?? 0;
    const oldest = Math.min(...webhooks.map(({ createdAt }) => createdAt.getTime()));
    let from = new Date(Math.max(reachedAt - OVERLAP_MS, oldest));
    for (;;) {
      const ended = await this.songs
        .find({ 'processing.finishedAt': { $gt: from } })
        .sort({ 'processing.finishedAt': 1 })
        .limit(BATCH);
      const last = ended.at(-1)?.processing.finishedAt;
      if (!last) return;
      if (await this.addDeliveries(webhooks, ended)) this.dispatcher.poll();
      await this.cursors.updateOne({ _id: CURSOR_ID }, { $max: { reachedAt: last } }, { upsert: true });
      if (ended.length < BATCH) return;
      from = last;
    }
  }

  /** Adds the deliveries of these songs that the outbox does not have yet. Resolves to whether there were any. */
  private async addDeliveries(webhooks: WebhookDocument[], songs: SongDocument[]): Promise<boolean> {
    const { READY, FAILED } = ProcessingState;
    const entries = songs
      .filter(({ processing }) => [READY, FAILED].includes(processing.state))
      .flatMap((song) => webhooks.map((webhook) => toDelivery(webhook, song)))
      .filter((entry) => entry !== null);
    const found = await this.deliveries
      .find({ key: { $in: entries.map(({ key }) => key) } })
      .select({ key: 1 });
    const known = new Set(found.map(({ key }) => key));
    const fresh = entries.filter(({ key }) => !known.has(key));
    if (fresh.length === 0) return false;
    await this.deliveries.insertMany(fresh, { ordered: false }).catch(ignoreDuplicates);
    return true;
  }
}
