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

/** The media URLs of one answer: all are made for the same client and the same time, so they expire together. */
export interface RequestUrls {
  /** URL at the CDN if the object is in the store behind it, else at this server. Has a ticket if one is needed. */
  of(media: StoredMedia): string;
  /** When the URLs of audio expire; null if they never do. */
  readonly expiresAt: Date | null;
}

/** Builds media URLs on request. They are never stored, so moving to another host or CDN needs no migration. */
@Injectable()
export class MediaUrls {
  constructor(
    private readonly config: Config,
    private readonly tickets: StreamTickets,
    private readonly address: PublicAddress,
  ) {}

  /** Call it for every answer: the request of a subscription lasts longer than a ticket. `now`: epoch milliseconds. */
  for(request: Request, now = Date.now()): RequestUrls {
    const ownBase = `${this.address.of(request)}/media`;
    return {
      of: ({ key, store }) => `${this.cdnOf(store) ?? ownBase}/${this.tickets.pathPrefixFor(key, now)}${key}`,
      expiresAt: this.tickets.expiresAt(now),
    };
  }

  /** Undefined if no CDN is in front of the store. */
  private cdnOf(store: StoreName): string | undefined {
    const { CDN_BASE_URL, STORAGE } = this.config;
    return store === STORAGE && CDN_BASE_URL ? CDN_BASE_URL : undefined;
  }
}
