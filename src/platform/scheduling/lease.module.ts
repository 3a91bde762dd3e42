import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Lease, LeaseRecord, LeaseSchema } from './lease.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: LeaseRecord.name, schema: LeaseSchema }])],
  providers: [Lease],
  exports: [Lease],
})
export class LeaseModule {}
