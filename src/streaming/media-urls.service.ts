import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Config } from '../platform/config/config.js';
import { PublicAddress } from '../platform/config/public-address.service.js';
import type { StoreName } from '../platform/config/store-settings.js';
import { StreamTickets } from './stream-tickets.service.js';

/** A media object and the store that holds it. */
export interface StoredMedia {
  key: string;
  store: StoreName;
}

/** Builds media URLs on request. They are never stored, so moving to another host or CDN needs no migration. */
@Injectable()
export class MediaUrls {
  constructor(
    private readonly config: Config,
    private readonly tickets: StreamTickets,
    private readonly address: PublicAddress,
  ) {}

  /** Base URL at which the client of this request reaches the server. */
  base(request: Request): string {
    return this.address.of(request);
  }

  /** URL at the CDN if the object is in the store behind it, else at this server. Has a ticket if one is needed. */
  of(base: string, { key, store }: StoredMedia, now = Date.now()): string {
    const { CDN_BASE_URL, STORAGE } = this.config;
    const path = `${this.tickets.pathPrefixFor(key, now)}${key}`;
    return CDN_BASE_URL && store === STORAGE ? `${CDN_BASE_URL}/${path}` : `${base}/media/${path}`;
  }

  /** Expiry of the audio URLs built at `now` (epoch milliseconds); null if they never expire. */
  expiresAt(now: number): Date | null {
    return this.tickets.expiresAt(now);
  }
}
