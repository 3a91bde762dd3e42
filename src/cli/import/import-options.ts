import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Config } from '../../platform/config/config.js';

export const USAGE = `
  npm run import -- <folder> [options]

  Brings the audio files below a folder into the library. Run it again at any time: what the
  library has is not sent twice.

    --album-from-tags  make albums, or complete them, from the files' album, album artist, disc and track
    --dry-run          say what would be imported, send nothing
    --concurrency n    files at a time, 1 to 16 (2)
    --limit n          only the first n files
    --server url       address of the server (http://127.0.0.1:<PORT>)
    --token token      of an admin; else ADMIN_EMAIL and ADMIN_PASSWORD, else admin-credentials.txt in DATA_DIR

  Ctrl-C finishes the uploads under way; a second one does not wait.
  Exit code 0: all of it is in the library. 1: something was refused, failed or not begun. 2: wrong usage.
`;

export interface ImportOptions {
  folder: string;
  dryRun: boolean;
  albumFromTags: boolean;
  concurrency: number;
  limit: number;
  server: string;
  token: string | undefined;
  /** Account to sign in with; undefined if there is a token. */
  account: { email: string; password: string } | undefined;
}

/** Reads command line and configuration. Rejects with an Error whose message is meant for the user. */
export async function importOptions(args: string[]): Promise<ImportOptions> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      'album-from-tags': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      concurrency: { type: 'string', default: '2' },
      limit: { type: 'string', default: '1000000000' },
      server: { type: 'string' },
      token: { type: 'string' },
    },
  });
  const [folder, ...more] = positionals;
  if (!folder || more.length > 0) throw new Error('Name one folder.');
  const config = Config.load();
  return {
    folder,
    dryRun: values['dry-run'],
    albumFromTags: values['album-from-tags'],
    concurrency: numberFrom(values.concurrency, 'concurrency', 16),
    limit: numberFrom(values.limit, 'limit', 1_000_000_000),
    server: serverFrom(values.server ?? `http://127.0.0.1:${config.PORT}`),
    token: values.token,
    account: values.token === undefined ? await accountFrom(config) : undefined,
  };
}

function numberFrom(text: string, name: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new Error(`--${name} must be a whole number from 1 to ${most}.`);
  return number;
}

function serverFrom(text: string): string {
  if (!/^https?:\/\/./.test(text)) throw new Error('--server must begin with http:// or https://.');
  return text.replace(/\/+$/, '');
}

async function accountFrom(config: Config): Promise<{ email: string; password: string }> {
  if (config.ADMIN_EMAIL && config.ADMIN_PASSWORD)
    return { email: config.ADMIN_EMAIL, password: config.ADMIN_PASSWORD };
  const path = config.dataPath('admin-credentials.txt');
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, email] = /^email=(.+)$/m.exec(text) ?? [];
  const [, password] = /^password=(.+)$/m.exec(text) ?? [];
  if (email && password) return { email, password };
  throw new Error(
    `No account: pass --token, set ADMIN_EMAIL and ADMIN_PASSWORD, or run on the machine that has ${path}.`,
  );
}
