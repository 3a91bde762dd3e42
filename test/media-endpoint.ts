import { readdir, readlink } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { DomainErrorFilter } from '../src/platform/errors/domain-error.filter.js';
import { Config } from '../src/platform/config/config.js';
import { MediaStorage } from '../src/platform/storage/media-storage.js';
import { StorageModule } from '../src/platform/storage/storage.module.js';
import { MediaController } from '../src/streaming/media.controller.js';
import { MediaMetrics } from '../src/streaming/media-metrics.js';
import { StreamTickets } from '../src/streaming/stream-tickets.service.js';
import { eventuallyPasses } from './support/eventually.js';
import { tempDir } from './support/temp-dir.js';

export const MEBIBYTE = 1024 * 1024;
export const SONG = 'songs/65f0c0ffee65f0c0ffee65f0';
/** Ten bytes, "0123456789". */
export const SEGMENT = `${SONG}/gabc123def/64k/segment-00000.ts`;
export const PLAYLIST = `${SONG}/gabc123def/64k/playlist.m3u8`;
export const PLAYLIST_TEXT = `#EXTM3U\n${'#EXTINF:6.013967,\nsegment-00000.ts\n'.repeat(200)}#EXT-X-ENDLIST\n`;
/** 32 MiB. */
export const ORIGINAL = `${SONG}/original-0123456789abcdef.mp3`;

const TYPE = { contentType: 'application/octet-stream', cacheControl: 'no-store' };

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

class Configured {}

function configured(env: NodeJS.ProcessEnv): DynamicModule {
  const config = { provide: Config, useValue: Config.load(env) };
  return { module: Configured, global: true, providers: [config], exports: [Config] };
}

/** An application with nothing but the media endpoint, and a client for it. */
export class MediaEndpointTestApp {
  storage: MediaStorage;
  port: number;
  private app: INestApplication;
  private data: string;
  private readonly registry = new Registry();

  /** `env`: settings that differ from the defaults. */
  constructor(private readonly env: NodeJS.ProcessEnv = {}) {}

  async open(): Promise<void> {
    this.data = tempDir('media-endpoint');
    const module = await Test.createTestingModule({
      imports: [configured({ ...this.env, DATA_DIR: this.data }), StorageModule],
      controllers: [MediaController],
      providers: [
        StreamTickets,
        { provide: APP_FILTER, useClass: DomainErrorFilter },
        { provide: MediaMetrics, useValue: new MediaMetrics(this.registry) },
      ],
    }).compile();
    this.app = module.createNestApplication({ logger: false });
    await this.app.listen(0, '127.0.0.1');
    this.port = (this.app.getHttpServer().address() as AddressInfo).port;
    this.storage = module.get(MediaStorage);
    await this.put(SEGMENT, '0123456789');
    await this.put(PLAYLIST, PLAYLIST_TEXT);
    await this.put(ORIGINAL, Buffer.alloc(32 * MEBIBYTE, 'la'));
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  put(key: string, content: string | Buffer): Promise<void> {
    return this.storage.put(key, Readable.from([Buffer.from(content)]), TYPE);
  }

  /** Sends paths and encodings unchanged; fetch would normalise them. */
  ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = request({ port: this.port, host: '127.0.0.1', path, headers, method }, (response) => {
        buffer(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      });
      asking.on('error', reject).end();
    });
  }

  get(key: string, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.ask(`/media/${key}`, headers);
  }

  head(key: string, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.ask(`/media/${key}`, headers, 'HEAD');
  }

  /** Media files that this process holds open. */
  async openMedia(): Promise<string[]> {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return links.filter((link) => link.startsWith(join(this.data, 'media')));
  }

  /** Looks twice, because a busy machine may still open a file for a client that has disconnected. */
  async expectAllClosed(): Promise<void> {
    await eventuallyPasses(async () => {
      expect(await this.openMedia()).toEqual([]);
      await sleep(100);
      expect(await this.openMedia()).toEqual([]);
    });
  }

  async sentBytes(kind: string): Promise<number> {
    const { values } = await this.registry.getSingleMetric('media_sent_bytes_total')!.get();
    return values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
  }
}
