import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MAX_PAGE, type Page } from '../platform/graphql/connection.js';
import { RequireRole } from '../users/authorization/access.guard.js';
import { Role } from '../users/accounts/account.schema.js';
import { WebhookDelivery, WebhookDeliveryConnection } from './webhook-delivery.schema.js';
import { CreatedWebhook, Webhook, WebhookEvent } from './webhook.schema.js';
import { WebhooksService } from './webhooks.service.js';

@Resolver(() => Webhook)
export class WebhooksResolver {
  constructor(private readonly webhooks: WebhooksService) {}

  @RequireRole(Role.ADMIN)
  @Query(() => [Webhook], { name: 'webhooks', description: 'All webhooks, at most 50, oldest first.' })
  list(): Promise<Webhook[]> {
    return this.webhooks.list();
  }

  @RequireRole(Role.ADMIN)
  @Query(() => WebhookDeliveryConnection, {
    description: 'The log of a webhook, newest first, 30 days back. Errors: NOT_FOUND, BAD_INPUT.',
  })
  webhookDeliveries(
    @Args('webhookId', { type: () => ID, description: 'Webhook.id' }) webhookId: string,
    @Args('first', { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Page<WebhookDelivery>> {
    return this.webhooks.log(webhookId, first, after);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => CreatedWebhook, {
    description:
      'Sends events to a URL from now on, each at least once, by signed POSTs with JSON. Each is tried up to 10 ' +
      'times with doubling pauses, until the receiver answers 2xx within 10 seconds. Redirects are not followed. ' +
      'Errors: BAD_INPUT.',
  })
  createWebhook(
    @Args('url', { description: 'http or https, not in a private network.' }) url: string,
    @Args('events', { type: () => [WebhookEvent], description: 'Events to send to it.' })
    events: WebhookEvent[],
  ): Promise<CreatedWebhook> {
    return this.webhooks.create(url, events);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Webhook, {
    description: 'Changes the given fields; enabling resets the failures. Errors: NOT_FOUND, BAD_INPUT.',
  })
  updateWebhook(
    @Args('webhookId', { type: () => ID, description: 'Webhook.id' }) webhookId: string,
    @Args('url', { type: () => String, nullable: true, description: 'As in createWebhook.' })
    url: string | null,
    @Args('events', { type: () => [WebhookEvent], nullable: true, description: 'As in createWebhook.' })
    events: WebhookEvent[] | null,
    @Args('enabled', { type: () => Boolean, nullable: true, description: 'Whether to send events to it.' })
    enabled: boolean | null,
  ): Promise<Webhook> {
    return this.webhooks.update(webhookId, {
      url: url ?? undefined,
      events: events ?? undefined,
      enabled: enabled ?? undefined,
    });
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Boolean, {
    description: 'Deletes a webhook and its log. Always true. Errors: NOT_FOUND.',
  })
  async deleteWebhook(
    @Args('webhookId', { type: () => ID, description: 'Webhook.id' }) webhookId: string,
  ): Promise<boolean> {
    await this.webhooks.remove(webhookId);
    return true;
  }
}
