import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Config } from '../config/config.js';
import type { StoreName } from '../config/store-settings.js';
import { StreamTickets } from './stream-tickets.js';

/** An object and where it is. */
export interface StoredMedia {
  key: string;
  store: StoreName;
}

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i;

/** URLs are made when they are asked for and never stored, so that a move to another host or CDN needs no migration. */
@Injectable()
export class MediaUrls {
  constructor(
    private readonly config: Config,
    private readonly tickets: StreamTickets,
  ) {}

  /** Where clients of this request reach us: PUBLIC_URL, or as they addressed us. */
  base(request: Request): string {
    if (this.config.PUBLIC_URL) return this.config.PUBLIC_URL;
    const host = request.headers.host ?? '';
    return HOST.test(host) ? `${request.protocol}://${host}` : '';
  }

  /** Through the CDN, unless the store behind it does not have this object (yet). With a ticket where one is needed. */
  of(base: string, { key, store }: StoredMedia, now = Date.now()): string {
    const { CDN_BASE_URL, STORAGE } = this.config;
    const path = `${this.tickets.before(key, now)}${key}`;
    return CDN_BASE_URL && store === STORAGE ? `${CDN_BASE_URL}/${path}` : `${base}/media/${path}`;
  }

  /** Until when the URLs of a song's sound made at this moment (milliseconds) are good; null: for ever. */
  expiresAt(now: number): Date | null {
    return this.tickets.expiresAt(now);
  }
}
