import { Global, Module } from '@nestjs/common';
import { DatabaseClock } from './database-clock.js';

/** Global: whoever writes a time that another process compares needs the clock. */
@Global()
@Module({ providers: [DatabaseClock], exports: [DatabaseClock] })
export class DatabaseClockModule {}
