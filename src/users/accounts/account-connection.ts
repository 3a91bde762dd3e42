import { ObjectType } from '@nestjs/graphql';
import { Connection } from '../../platform/graphql/connection.js';
import { Account } from './account.schema.js';

@ObjectType({ description: 'A page of accounts.' })
export class AccountConnection extends Connection(Account, 'accounts') {}
