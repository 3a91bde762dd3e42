import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import type { ApiClient } from '../../src/cli/api-client.js';
import { makeSong } from './audio-fixtures.js';
import { eventually } from './eventually.js';
import { TestServer } from './test-server.js';
import { ready, uploadSong } from './songs.js';
import { startSharedServices, type SharedServices } from './backing-services.js';
import { tempDir } from './temp-dir.js';

export interface Received {
  path: string;
  request: IncomingMessage;
  body: string;
}

export interface Delivery {
  id: string;
  state: string;
  createdAt: string;
  tries: { status: number | null; error: string | null; response: string; durationMs: number }[];
}

export type Answer = (response: ServerResponse) => void;

export const FAILING: Answer = (response) => response.writeHead(500).end();

/** A webhook receiver with configurable answers, and a server with two workers that deliver to it. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** Answers by path; any other path is answered with 200 and "thanks". */
  readonly answers: Record<string, Answer> = {};
  folder: string;
  workers: TestServer[] = [];
  admin: ApiClient;
  mongo: MongoClient;
  port: number;
  private dataDir: string;
  private services: SharedServices;
  private server: TestServer;
  private receiver: Server;
  private songs = 0;

  static async open(): Promise<WebhookReceiver> {
    const context = new WebhookReceiver();
    context.folder = tempDir('fixtures');
    context.dataDir = tempDir('webhooks-server');
    context.services = await startSharedServices();
    context.mongo = await MongoClient.connect(context.services.env.MONGODB_URI);
    const env = { ...context.services.env, WORKER: 'none', WEBHOOK_ALLOW_PRIVATE: 'true' };
    [context.server, ...context.workers] = await Promise.all([
      TestServer.start(env, 'main.js', context.dataDir),
      context.openWorker(),
      context.openWorker(),
    ]);
    context.admin = await context.server.admin();
    await context.receive();
    return context;
  }

  async close(): Promise<void> {
    this.receiver?.closeAllConnections();
    this.receiver?.close();
    await this.mongo?.close();
    await Promise.all([this.server, ...this.workers].map((one) => one?.close()));
    await this.services?.stop();
  }

  openWorker(env: Record<string, string> = {}): Promise<TestServer> {
    const settings = {
      SWEEP_SECONDS: '1',
      WEBHOOK_ALLOW_PRIVATE: 'true',
      WEBHOOK_BACKOFF_MS: '50',
      HEARTBEAT_TIMEOUT_SECONDS: '2',
      TRANSCODE_ATTEMPTS: '1',
    };
    return TestServer.start({ ...this.services.env, ...settings, ...env }, 'worker.js', this.dataDir);
  }

  async createWebhook(path: string, events = ['SONG_READY'], host = '127.0.0.1') {
    const { createWebhook: made } = await this.admin.ask<{
      createWebhook: { secret: string; webhook: { id: string } };
    }>(
      `mutation ($url: String!, $events: [WebhookEvent!]!) {
        createWebhook(url: $url, events: $events) { secret webhook { id } } }`,
      { url: `http://${host}:${this.port}${path}`, events },
    );
    return { id: made.webhook.id, secret: made.secret };
  }

  async deliveries(webhookId: string): Promise<Delivery[]> {
    const { webhookDeliveries } = await this.admin.ask<{
      webhookDeliveries: { edges: { node: Delivery }[] };
    }>(
      `query ($webhookId: ID!) { webhookDeliveries(webhookId: $webhookId, first: 100) { edges { node {
        id state createdAt tries { status error response durationMs } } } } }`,
      { webhookId },
    );
    return webhookDeliveries.edges.map(({ node }) => node);
  }

  settled(webhookId: string, count = 1, seconds = 60): Promise<Delivery[]> {
    const look = async () => {
      const found = await this.deliveries(webhookId);
      return found.length >= count && found.every(({ state }) => state !== 'PENDING') && found;
    };
    return eventually(look, { seconds });
  }

  async change(id: string, changes: string): Promise<void> {
    await this.admin.ask(`mutation ($id: ID!) { updateWebhook(webhookId: $id, ${changes}) { id } }`, { id });
  }

  async remove(id: string): Promise<void> {
    await this.admin.ask('mutation ($id: ID!) { deleteWebhook(webhookId: $id) }', { id });
  }

  outbox() {
    return this.mongo.db().collection('webhook_deliveries');
  }

  songsStored() {
    return this.mongo.db().collection<{ _id: unknown; processing: object }>('songs');
  }

  to(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  async newSong(): Promise<string> {
    this.songs += 1;
    const path = await makeSong(this.folder, `song-${this.songs}.mp3`, 2 + this.songs / 10);
    const { id } = await uploadSong(this.admin, path);
    await ready(this.admin, id);
    return id;
  }

  private async receive(): Promise<void> {
    this.receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const path = request.url!;
        this.received.push({ path, request, body });
        (this.answers[path] ?? ((done) => done.end('thanks')))(response);
      });
    }).listen(0, '127.0.0.1');
    await once(this.receiver, 'listening');
    this.port = (this.receiver.address() as AddressInfo).port;
  }
}
