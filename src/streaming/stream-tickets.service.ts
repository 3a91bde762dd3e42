import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { Config } from '../platform/config/config.js';
import { soundOf } from '../songs/media/song-media.js';
import { TicketError } from './media-errors.js';
import type { MediaRequest } from './media-request.js';
import { expiryOf, verifyTicket, signedTicket } from './stream-ticket.js';

/** Hot-link protection: issues and checks the tickets in audio URLs. Tickets are not stored. */
@Injectable()
export class StreamTickets {
  constructor(private readonly config: Config) {}

  /** Expiry of URLs built at `now` (epoch milliseconds); null without protection. */
  expiresAt(now: number): Date | null {
    if (this.config.STREAM_PROTECTION === 'none') return null;
    return new Date(expiryOf(now / 1000, this.config.STREAM_TICKET_SECONDS) * 1000);
  }

  /** Prefix of the key in a URL built at `now` (epoch milliseconds): a ticket, or '' if the object needs none. */
  pathPrefixFor(key: string, now: number): string {
    const expiresAt = this.expiresAt(now);
    const song = expiresAt && soundOf(key);
    if (!song) return '';
    return `t/${signedTicket(song, expiresAt.getTime() / 1000, this.config.ticketSecrets[0]!)}/`;
  }

  /**
   * Throws TicketError if the request lacks a good ticket. With protection switched off, tickets that this server has
   * issued are still accepted while their secrets are configured, so that players can finish a song; any other ticket
   * throws NotFoundError.
   */
  admit({ sound, ticket }: MediaRequest, now = Date.now()): void {
    if (!sound) return;
    const { STREAM_PROTECTION, ticketSecrets } = this.config;
    const status = ticket === undefined ? 'missing' : verifyTicket(ticket, sound, ticketSecrets, now / 1000);
    if (STREAM_PROTECTION === 'none') {
      if (status === 'invalid') throw new NotFoundError('This media file');
      return;
    }
    if (status === 'missing') throw new TicketError('TICKET_MISSING');
    if (status === 'invalid') throw new TicketError('TICKET_INVALID');
    if (status === 'expired') throw new TicketError('TICKET_EXPIRED');
  }
}
