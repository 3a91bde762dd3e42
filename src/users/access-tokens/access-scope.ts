import { registerEnumType } from '@nestjs/graphql';

export enum AccessScope {
  READ = 'READ',
  WRITE = 'WRITE',
  UPLOAD = 'UPLOAD',
  ADMIN = 'ADMIN',
}

registerEnumType(AccessScope, {
  name: 'AccessScope',
  description:
    'What a personal access token may do, at most; never more than its account may do at that moment.',
  valuesMap: {
    READ: { description: 'Queries and subscriptions a listener may ask; no mutation.' },
    WRITE: { description: 'READ, and a listener’s mutations: playlists, plays.' },
    UPLOAD: {
      description:
        'READ, and bringing songs into the library and onto albums. Of use to an administrator’s account.',
    },
    ADMIN: {
      description:
        'Everything the account may do, save what needs the person: password, sessions and access tokens themselves.',
    },
  },
});

const GRANTS: Record<AccessScope, readonly AccessScope[]> = {
  READ: [AccessScope.READ],
  WRITE: [AccessScope.READ, AccessScope.WRITE],
  UPLOAD: [AccessScope.READ, AccessScope.UPLOAD],
  ADMIN: Object.values(AccessScope),
};

/** Whether a token of scope `held` may be used where `needed` is required. A session (undefined) may do everything. */
export function grants(held: AccessScope | undefined, needed: AccessScope): boolean {
  return held === undefined || GRANTS[held].includes(needed);
}
