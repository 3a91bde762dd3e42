import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Config } from '../../platform/config/config.js';
import { checkCdn } from '../../cdn/check/cdn-check.js';
import { NoGraphqlError, SongSource } from '../../cdn/check/song-source.js';
import { checkPage, readPage } from '../../cdn/check/page-check.js';
import { checkTable } from './cdn-check-table.js';

const USAGE = `
  npm run cdn:check [-- options]

  Reads a published song through its public URLs, as hlsSources tells them, and says what is wrong with what came and
  what to change.

    --song id       this song; else the newest that is delivered by the CDN
    --url url       where the service is (PUBLIC_URL, else http://127.0.0.1:<PORT>), with or without /graphql
    --origin url    whose player asks (the origin of PUBLIC_URL)
    --page url      where people open the page, whose Content-Security-Policy has to allow the CDN (where the service is)
    --json          everything that was read and found, for machines

  With CDN_BASE_URL set only what is below it is read.
  Exit code 0: nothing failed. 1: something did, or there is nothing to read. 2: wrong usage.
`;

interface Options {
  graphqlUrl: string;
  origin: string;
  pageUrl: string;
  song: string | undefined;
  json: boolean;
  /** Address of the service without a proxy in front of it. */
  ownUrl: string;
  cdnBaseUrl: string | undefined;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      song: { type: 'string' },
      url: { type: 'string' },
      origin: { type: 'string' },
      page: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { PUBLIC_URL, PORT, CDN_BASE_URL } = Config.load();
  const ownUrl = `http://127.0.0.1:${PORT}`;
  const url = (values.url ?? PUBLIC_URL ?? ownUrl).replace(/\/+$/, '');
  const base = url.replace(/\/graphql$/, '');
  return {
    graphqlUrl: new URL(`${base}/graphql`).href,
    pageUrl: new URL(values.page ?? `${base}/`).href,
    ownUrl,
    origin: new URL(values.origin ?? PUBLIC_URL ?? 'https://listener.example').origin,
    song: values.song,
    json: values.json,
    cdnBaseUrl: CDN_BASE_URL,
  };
}

async function check({ graphqlUrl, origin, pageUrl, song: id, json, cdnBaseUrl }: Options): Promise<number> {
  const source = new SongSource(graphqlUrl);
  const song = id === undefined ? await source.newest(cdnBaseUrl) : await source.song(id);
  const { report, read } = song
    ? await checkCdn(song, { cdnBaseUrl, origin, few: false })
    : { report: null, read: [] };
  if (!song || !report || read.length === 0)
    throw new Error('There is no published song that the CDN delivers: upload one, or move it to the store.');
  const page = await readPage(pageUrl);
  const hindrances = checkPage(page, song);
  const findings = [...report.findings, ...hindrances];
  const failures = findings.filter(({ level }) => level === 'failure').length;
  if (json)
    process.stdout.write(`${JSON.stringify({ ...report, findings, page, objects: read }, null, 2)}\n`);
  else {
    const found = `${report.requests} requests, edge: ${report.edge}, failures: ${failures}`;
    process.stdout.write(
      `\n${song.song.title} (${song.song.id})\n${checkTable(read, page, hindrances)}\n${found}\n\n`,
    );
  }
  return failures > 0 ? 1 : 0;
}

function ownUrlHint(error: unknown, { ownUrl }: Options): string {
  if (!(error instanceof NoGraphqlError)) return '';
  return `  Is the service running there? On its own machine: npm run cdn:check -- --url ${ownUrl}\n`;
}

let given: Options | undefined;
try {
  given = options();
  process.exitCode = await check(given);
} catch (error) {
  process.stderr.write(`\n  ${(error as Error).message}\n${given ? ownUrlHint(error, given) : USAGE}\n`);
  process.exitCode = given ? 1 : 2;
}
