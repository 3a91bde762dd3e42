import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import { UnavailableError } from '../errors/domain-error.js';
import { untilAnswered } from './unanswered-write.js';

/** The last reading of the database's clock and this process's stopwatch at that moment, both milliseconds. */
let reading: { databaseMs: number; stopwatchMs: number } | undefined;

/**
 * An estimate of the database's clock without a command: for times that are compared with a tolerance of minutes, and
 * in synchronous code. Never ahead of the database. Until the first reading it is this machine's clock.
 */
export function databaseTime(): Date {
  if (!reading) return new Date();
  return new Date(Math.floor(reading.databaseMs + performance.now() - reading.stopwatchMs));
}

/**
 * The clock that all processes share, even if the clocks of their machines differ. Leases, claims and heartbeats are
 * written and compared with this clock, or by the database itself (`$currentDate`), never with `new Date()`. The result
 * of `now` is in the past when it is used, so a slow process claims too little time rather than too much.
 */
@Injectable()
export class DatabaseClock {
  constructor(@InjectConnection() private readonly connection: Connection) {
    // After a reconnection another server may answer, whose clock is used from then on.
    connection.on('connected', () => void this.now().catch(() => undefined));
    if (connection.readyState === mongoose.ConnectionStates.connected) void this.now().catch(() => undefined);
  }

  /** Asks the database. Rejects like any command, or with UnavailableError before the first connection. */
  async now(): Promise<Date> {
    // The driver retries reads after a broken connection, but not this command.
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
