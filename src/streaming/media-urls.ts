import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Config } from '../platform/config/config.js';
import { PublicAddress } from '../platform/config/public-address.js';
import type { StoreName } from '../platform/config/store-settings.js';
import { StreamTickets } from './stream-tickets.js';

/** An object and where it is. */
export interface StoredMedia {
  key: string;
  store: StoreName;
}

/** URLs are made when they are asked for and never stored, so that a move to another host or CDN needs no migration. */
@Injectable()
export class MediaUrls {
  constructor(
    private readonly config: Config,
    private readonly tickets: StreamTickets,
    private readonly address: PublicAddress,
  ) {}

  /** Where clients of this request reach us. */
  base(request: Request): string {
    return this.address.of(request);
  }

  /** Through the CDN, unless the store behind it does not have this object (yet). With a ticket where one is needed. */
  of(base: string, { key, store }: StoredMedia, now = Date.now()): string {
    const { CDN_BASE_URL, STORAGE } = this.config;
    const path = `${this.tickets.pathPrefixFor(key, now)}${key}`;
    return CDN_BASE_URL && store === STORAGE ? `${CDN_BASE_URL}/${path}` : `${base}/media/${path}`;
  }

  /** Until when the URLs of a song's sound made at this moment (milliseconds) are good; null: for ever. */
  expiresAt(now: number): Date | null {
    return this.tickets.expiresAt(now);
  }
}
