import type { ApiClient } from '../../src/cli/api-client.js';
import { newAccessToken, type Person } from './account-clients.js';

/** Clients in whose name the matrix sends its requests. */
export interface TestUsers {
  anonymous: ApiClient;
  owner: Person;
  /** A listener to whom the owner gave access, where a feature has that. */
  collaborator: Person;
  /** A listener without any access. */
  other: Person;
  admin: ApiClient;
}

export type TestUserName = keyof TestUsers;

export interface OwnerRule {
  /** The request, on an object that belongs to `owner`. */
  name: string;
  /** Creates the object again for each client; the result goes into the query's variables. */
  thing: (cast: TestUsers) => Promise<Record<string, unknown>>;
  query: string;
  /** The expected code, or "OK". */
  answers: Record<TestUserName, string>;
}

const playlist =
  (visibility: 'PRIVATE' | 'PUBLIC') =>
  async ({ owner, collaborator, other }: TestUsers): Promise<Record<string, string>> => {
    const { createPlaylist } = await owner.client.ask<{ createPlaylist: { id: string } }>(
      `mutation { createPlaylist(input: { title: "Mine", visibility: ${visibility} }) { id } }`,
    );
    const { id } = createPlaylist;
    await owner.client.ask(
      'mutation ($id: ID!, $guest: ID!) { addCollaborator(playlistId: $id, accountId: $guest) { id } }',
      { id, guest: collaborator.id },
    );
    return { id, accountId: other.id };
  };

const READ_PLAYLIST = 'query ($id: ID!) { playlist(id: $id) { id } }';
const UPDATE_PLAYLIST = 'mutation ($id: ID!) { updatePlaylist(id: $id, input: { title: "Ours" }) { id } }';
const EDIT_PLAYLIST =
  'mutation ($id: ID!) { removeFromPlaylist(playlistId: $id, entryIds: ["507f1f77bcf86cd799439011"]) { id } }';
const INVITE =
  'mutation ($id: ID!, $accountId: ID!) { addCollaborator(playlistId: $id, accountId: $accountId) { id } }';
const DELETE_PLAYLIST = 'mutation ($id: ID!) { deletePlaylist(id: $id) }';

/** For every client but these two a private object does not exist. */
const HIDDEN = { anonymous: 'UNAUTHENTICATED', other: 'NOT_FOUND', admin: 'NOT_FOUND' };
const SHOWN = { anonymous: 'UNAUTHENTICATED', other: 'FORBIDDEN', admin: 'FORBIDDEN' };

/** Rules that follow from an object's owner, not from the role. A private object does not exist for other accounts. */
export const OWNER_RULES: OwnerRule[] = [
  {
    name: 'revokeAccessToken',
    thing: async ({ owner }) => ({ id: (await newAccessToken(owner.client, 'READ')).id }),
    query: 'mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }',
    answers: { ...HIDDEN, owner: 'OK', collaborator: 'NOT_FOUND' },
  },
  {
    name: 'a private playlist: reading',
    thing: playlist('PRIVATE'),
    query: READ_PLAYLIST,
    answers: { ...HIDDEN, anonymous: 'NOT_FOUND', owner: 'OK', collaborator: 'OK' },
  },
  {
    name: 'a private playlist: its entries',
    thing: playlist('PRIVATE'),
    query: EDIT_PLAYLIST,
    answers: { ...HIDDEN, owner: 'OK', collaborator: 'OK' },
  },
  {
    name: 'a private playlist: its title',
    thing: playlist('PRIVATE'),
    query: UPDATE_PLAYLIST,
    answers: { ...HIDDEN, owner: 'OK', collaborator: 'FORBIDDEN' },
  },
  {
    name: 'a private playlist: its collaborators',
    thing: playlist('PRIVATE'),
    query: INVITE,
    answers: { ...HIDDEN, owner: 'OK', collaborator: 'FORBIDDEN' },
  },
  {
    name: 'a private playlist: removing it',
    thing: playlist('PRIVATE'),
    query: DELETE_PLAYLIST,
    answers: { ...HIDDEN, owner: 'OK', collaborator: 'FORBIDDEN' },
  },
  {
    name: 'a public playlist: reading',
    thing: playlist('PUBLIC'),
    query: READ_PLAYLIST,
    answers: { anonymous: 'OK', owner: 'OK', collaborator: 'OK', other: 'OK', admin: 'OK' },
  },
  {
    name: 'a public playlist: its entries',
    thing: playlist('PUBLIC'),
    query: EDIT_PLAYLIST,
    answers: { ...SHOWN, owner: 'OK', collaborator: 'OK' },
  },
  {
    name: 'a public playlist: its title',
    thing: playlist('PUBLIC'),
    query: UPDATE_PLAYLIST,
    answers: { ...SHOWN, owner: 'OK', collaborator: 'FORBIDDEN' },
  },
  {
    name: 'a public playlist: removing it',
    thing: playlist('PUBLIC'),
    query: DELETE_PLAYLIST,
    answers: { ...SHOWN, owner: 'OK', collaborator: 'FORBIDDEN', admin: 'OK' },
  },
];
