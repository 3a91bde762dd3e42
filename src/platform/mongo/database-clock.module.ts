import { Global, Module } from '@nestjs/common';
import { DatabaseClock } from './database-clock.service.js';

/** Global, because every module that writes times for other processes to compare needs the clock. */
@Global()
@Module({ providers: [DatabaseClock], exports: [DatabaseClock] })
export class DatabaseClockModule {}
