import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import { UnavailableError } from '../errors/domain-error.js';
import { untilAnswered } from './unanswered-write.js';

/** What the database's clock said last, and when by this process's own stopwatch, both milliseconds. */
let reading: { databaseMs: number; stopwatchMs: number } | undefined;

/**
 * About what the database's clock says now, without asking it: for times that others compare with theirs by minutes,
 * and where nobody can wait. Never ahead of the database. Until the first reading it is this machine's clock.
 */
export function databaseTime(): Date {
  if (!reading) return new Date();
  return new Date(Math.floor(reading.databaseMs + performance.now() - reading.stopwatchMs));
}

/**
 * The one clock that all processes share, however wrong those of their machines are. A lease, a claim or a sign of life
 * is written and judged by this clock, or by the database itself (`$currentDate`), never by `new Date()`. What `now`
 * resolves with is past by the time it is used, so whoever is slow takes too little rather than too much.
 */
@Injectable()
export class DatabaseClock {
  constructor(@InjectConnection() private readonly connection: Connection) {
    // Another server may answer after a reconnection, and its clock counts from then on.
    connection.on('connected', () => void this.now().catch(() => undefined));
    if (connection.readyState === mongoose.ConnectionStates.connected) void this.now().catch(() => undefined);
  }

  /** Asks the database. Rejects as any of its commands does, or with UnavailableError before the first connection. */
  async now(): Promise<Date> {
    // The driver repeats a read whose connection broke, but not a command.
    const now = await untilAnswered(() => this.ask());
    reading = { databaseMs: now.getTime(), stopwatchMs: performance.now() };
    return now;
  }

  /** The moment `milliseconds` from now, for what ends then. Rejects as `now` does. */
  async in(milliseconds: number): Promise<Date> {
    return new Date((await this.now()).getTime() + milliseconds);
  }

  /** The moment `milliseconds` ago, for what began before it. Rejects as `now` does. */
  ago(milliseconds: number): Promise<Date> {
    return this.in(-milliseconds);
  }

  private async ask(): Promise<Date> {
    const { db } = this.connection;
    if (!db) throw new UnavailableError('The database does not answer. Try again in a moment.');
    const { localTime } = await db.admin().command({ hello: 1 });
    return localTime as Date;
  }
}
