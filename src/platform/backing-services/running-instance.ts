import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import type { ServiceUrls } from '../config/service-urls.js';
import { parseRecord, recordOfThisProcess, statusOf, type ProcessRecord } from './process-record.js';

type Announcement = ProcessRecord & ServiceUrls;

const pathIn = (folder: string): string => join(folder, 'suppliers.json');

/** Writes down for commands of the same user where this server's services are. The caller must hold the DataDirLock. */
export async function announceServiceUrls(folder: string, urls: ServiceUrls): Promise<void> {
  const { mongodbUri, redisUrl } = urls;
  const announced: Announcement = { ...(await recordOfThisProcess()), mongodbUri, redisUrl };
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
  const announced = text === undefined ? undefined : parseRecord<Announcement>(text);
  // The file of a killed server does not count.
  if (!announced || (await statusOf(announced)) !== 'running') return undefined;
  return { mongodbUri: announced.mongodbUri, redisUrl: announced.redisUrl };
}
