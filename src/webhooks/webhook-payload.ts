import type { Types } from 'mongoose';
import { databaseTime } from '../platform/mongo/database-clock.service.js';
import { ProcessingState } from '../songs/processing/processing.schema.js';
import { toSongState } from '../songs/events/song-events.js';
import type { SongDocument } from '../songs/song.schema.js';
import { DeliveryState } from './webhook-delivery.schema.js';
import { WebhookEvent, type WebhookDocument } from './webhook.schema.js';

export const EVENT_NAMES: Record<WebhookEvent, string> = {
  SONG_READY: 'song.ready',
  SONG_FAILED: 'song.failed',
};

/** The fields of a new delivery in the outbox. */
export interface OutboxEntry {
  webhookId: Types.ObjectId;
  key: string;
  event: WebhookEvent;
  songId: string;
  state: DeliveryState;
  createdAt: Date;
  dueAt: Date;
  body: string;
}

/** The delivery of a song's ended run to a webhook; null if it did not subscribe to the event or was created later. */
export function toDelivery(webhook: WebhookDocument, song: SongDocument): OutboxEntry | null {
  const { finishedAt, state } = song.processing;
  const event = state === ProcessingState.READY ? WebhookEvent.SONG_READY : WebhookEvent.SONG_FAILED;
  if (!finishedAt || finishedAt < webhook.createdAt || !webhook.events.includes(event)) return null;
  const songId = song.id as string;
  return {
    webhookId: webhook._id,
    key: `${webhook.id}:${songId}:${finishedAt.getTime()}`,
    event,
    songId,
    state: DeliveryState.PENDING,
    createdAt: databaseTime(),
    dueAt: databaseTime(),
    body: JSON.stringify({ type: EVENT_NAMES[event], at: finishedAt, song: toSongState(song) }),
  };
}
