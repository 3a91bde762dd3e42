import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { Config } from '../platform/config/config.js';
import { soundOf } from '../songs/media/song-media.js';
import { TicketError } from './media-errors.js';
import type { MediaRequest } from './media-request.js';
import { expiryOf, judgeTicket, signedTicket } from './stream-ticket.js';

/** Hot-link protection: who wrote a URL of a song's sound lately. Tickets are made when they are asked for, never kept. */
@Injectable()
export class StreamTickets {
  constructor(private readonly config: Config) {}

  /** When URLs made at this moment (milliseconds) end; null without protection. */
  expiresAt(now: number): Date | null {
    if (this.config.STREAM_PROTECTION === 'none') return null;
    return new Date(expiryOf(now / 1000, this.config.STREAM_TICKET_SECONDS) * 1000);
  }

  /** What stands before this key in a URL made at this moment: a ticket, or nothing. */
  pathPrefixFor(key: string, now: number): string {
    const expiresAt = this.expiresAt(now);
    const song = expiresAt && soundOf(key);
    if (!song) return '';
    return `t/${signedTicket(song, expiresAt.getTime() / 1000, this.config.ticketSecrets[0]!)}/`;
  }

  /**
   * Lets a request pass or throws TicketError. With protection switched off, whoever holds a ticket we once made may
   * finish the song, as long as the secrets are kept; any other ticket makes a path that does not exist.
   */
  admit({ sound, ticket }: MediaRequest, now = Date.now()): void {
    if (!sound) return;
    const { STREAM_PROTECTION, ticketSecrets } = this.config;
    const verdict = ticket === undefined ? 'missing' : judgeTicket(ticket, sound, ticketSecrets, now / 1000);
    if (STREAM_PROTECTION === 'none') {
      if (verdict === 'invalid') throw new NotFoundError('This media file');
      return;
    }
    if (verdict === 'missing') throw new TicketError('TICKET_MISSING');
    if (verdict === 'invalid') throw new TicketError('TICKET_INVALID');
    if (verdict === 'expired') throw new TicketError('TICKET_EXPIRED');
  }
}
