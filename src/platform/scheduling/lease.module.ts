import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { LeaseRecord, LeaseSchema } from './lease-record.schema.js';
import { Lease } from './lease.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: LeaseRecord.name, schema: LeaseSchema }])],
  providers: [Lease],
  exports: [Lease],
})
export class LeaseModule {}
