import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import type { ServiceUrls } from '../config/service-urls.js';
import { processIdentity } from './process-identity.js';

interface Announcement extends ServiceUrls {
  pid: number;
  identity: string;
  host: string;
}

const pathIn = (folder: string): string => join(folder, 'suppliers.json');

/** Tells commands of the same user where the suppliers of this house are. Only for whoever holds the house lock. */
export async function announceSuppliers(folder: string, urls: ServiceUrls): Promise<void> {
  const identity = (await processIdentity(process.pid)) ?? '';
  const { mongodbUri, redisUrl } = urls;
  const told: Announcement = { pid: process.pid, identity, host: hostname(), mongodbUri, redisUrl };
  const unfinished = `${pathIn(folder)}.${process.pid}`;
  // The URL of the embedded Redis has its password.
  await writeFile(unfinished, JSON.stringify(told), { mode: 0o600 });
  await rename(unfinished, pathIn(folder));
}

export async function withdrawSuppliers(folder: string): Promise<void> {
  await rm(pathIn(folder), { force: true });
}

/** Where the suppliers of the house are that lives in DATA_DIR on this machine; undefined when nobody does. */
export async function suppliersOfRunningHouse({ DATA_DIR }: Config): Promise<ServiceUrls | undefined> {
  const text = await readFile(pathIn(DATA_DIR), 'utf8').catch(() => undefined);
  const told = text === undefined ? undefined : parse(text);
  if (!told || told.host !== hostname()) return undefined;
  // What a killed house left behind does not count.
  if ((await processIdentity(told.pid)) !== told.identity) return undefined;
  return { mongodbUri: told.mongodbUri, redisUrl: told.redisUrl };
}

function parse(text: string): Announcement | undefined {
  try {
    return JSON.parse(text) as Announcement;
  } catch {
    return undefined;
  }
}
