import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import type { Page } from '../platform/graphql/connection.js';
import { newestPage } from '../platform/graphql/newest-page.js';
import { BadInputError, NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { Config } from '../platform/config/config.js';
import { namesPrivateAddress } from './signed-post.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import { WebhookDelivery, type WebhookDeliveryDocument } from './webhook-delivery.schema.js';
import { WebhookRepository } from './webhook.repository.js';
import { Webhook, WebhookEvent, type CreatedWebhook, type WebhookDocument } from './webhook.schema.js';

const MAX_WEBHOOKS = 50;
const MAX_URL_LENGTH = 2_000;

/** Creates, changes, lists and removes webhooks. */
@Injectable()
export class WebhooksService {
  constructor(
    @InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>,
    @InjectModel(WebhookDelivery.name) private readonly deliveries: Model<WebhookDelivery>,
    private readonly webhookRepository: WebhookRepository,
    private readonly deliveryRepository: WebhookDeliveryRepository,
    private readonly config: Config,
  ) {}

  /** Throws BadInputError. */
  async create(url: string, events: WebhookEvent[]): Promise<CreatedWebhook> {
    const secret = `whsec_${randomBytes(32).toString('base64url')}`;
    const wanted = { url: this.checkedUrl(url), events: checkedEvents(events) };
    if ((await this.webhooks.countDocuments()) >= MAX_WEBHOOKS)
      throw new BadInputError(`There are ${MAX_WEBHOOKS} webhooks already; delete one first.`);
    return { webhook: await this.webhookRepository.create({ ...wanted, secret }), secret };
  }

  /** Changes a webhook. Enabling it resets its failures. Throws NotFoundError, BadInputError. */
  async update(
    id: string,
    change: { url?: string; events?: WebhookEvent[]; enabled?: boolean },
  ): Promise<WebhookDocument> {
    const { url, events, enabled } = change;
    const webhook = await this.webhookRepository.change(checkedId('Webhook', id), {
      ...(url !== undefined ? { url: this.checkedUrl(url) } : {}),
      ...(events !== undefined ? { events: checkedEvents(events) } : {}),
      ...(enabled !== undefined ? { enabled } : {}),
    });
    if (!webhook) throw new NotFoundError('Webhook', id);
    return webhook;
  }

  /** Removes a webhook with its log. Throws NotFoundError. */
  async remove(id: string): Promise<void> {
    if (!(await this.webhookRepository.delete(checkedId('Webhook', id))))
      throw new NotFoundError('Webhook', id);
    await this.deliveryRepository.deleteAllOf(id);
  }

  list(): Promise<WebhookDocument[]> {
    return this.webhooks.find().sort({ _id: 1 }).limit(MAX_WEBHOOKS).exec();
  }

  /** Its deliveries, newest first. Throws NotFoundError, BadInputError. */
  async log(id: string, first: number, after?: string | null): Promise<Page<WebhookDeliveryDocument>> {
    if (!(await this.webhooks.exists({ _id: checkedId('Webhook', id) })))
      throw new NotFoundError('Webhook', id);
    return newestPage(this.deliveries, { webhookId: new Types.ObjectId(id) }, first, after);
  }

  private checkedUrl(text: string): string {
    const url = URL.canParse(text) && text.length <= MAX_URL_LENGTH ? new URL(text) : undefined;
    if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password)
      throw new BadInputError('"url" must be an http(s) address without user and password.');
    if (!this.config.WEBHOOK_ALLOW_PRIVATE && namesPrivateAddress(url))
      throw new BadInputError('"url" leads to a private network.');
    return url.href;
  }
}

function checkedEvents(events: WebhookEvent[]): WebhookEvent[] {
  if (events.length === 0) throw new BadInputError('"events" must name at least one event.');
  return [...new Set(events)];
}
