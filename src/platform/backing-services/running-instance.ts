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

/** Writes down for commands of the same user where this server's services are. The caller must hold the DataDirLock. */
export async function announceServiceUrls(folder: string, urls: ServiceUrls): Promise<void> {
  const identity = (await processIdentity(process.pid)) ?? '';
  const { mongodbUri, redisUrl } = urls;
  const announced: Announcement = { pid: process.pid, identity, host: hostname(), mongodbUri, redisUrl };
  const unfinished = `${pathIn(folder)}.${process.pid}`;
  // The URL of the embedded Redis has its password.
  await writeFile(unfinished, JSON.stringify(announced), { mode: 0o600 });
  await rename(unfinished, pathIn(folder));
}

export async function withdrawServiceUrls(folder: string): Promise<void> {
  await rm(pathIn(folder), { force: true });
}

/** The service URLs of the server that uses DATA_DIR on this machine; undefined when none runs. */
export async function serviceUrlsOfRunningInstance({ DATA_DIR }: Config): Promise<ServiceUrls | undefined> {
  const text = await readFile(pathIn(DATA_DIR), 'utf8').catch(() => undefined);
  const announced = text === undefined ? undefined : parse(text);
  if (!announced || announced.host !== hostname()) return undefined;
  // The file of a killed server does not count.
  if ((await processIdentity(announced.pid)) !== announced.identity) return undefined;
  return { mongodbUri: announced.mongodbUri, redisUrl: announced.redisUrl };
}

function parse(text: string): Announcement | undefined {
  try {
    return JSON.parse(text) as Announcement;
  } catch {
    return undefined;
  }
}
