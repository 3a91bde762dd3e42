import { parseArgs } from 'node:util';
import { STORES, type StoreName } from '../../platform/config/store-settings.js';

export const USAGE = `
  npm run storage:migrate -- --from <store> --to <store> [options]

  Moves the media of the whole library from one store to another (${STORES.join(', ')}) while listeners play
  and uploads come in. Set STORAGE=<to> and STORAGE_FALLBACK=<from> everywhere and restart first.
  Run it again at any time: it goes on where it stopped. The old files are kept.

    --dry-run          say what would be moved, change nothing
    --remove-moved     remove from <from> what was moved more than MEDIA_GRACE_SECONDS ago; moves nothing
    --concurrency n    files at a time, 1 to 64 (8)
    --max-mbit n       megabits a second at most, reading from <from>; unset: as fast as it goes

  Ctrl-C stops after the files under way; nothing is lost by any kind of end.
  Exit code 0: all of it has moved. 1: something is left. 2: wrong usage.
`;

export interface MigrateOptions {
  from: StoreName;
  to: StoreName;
  dryRun: boolean;
  removeMoved: boolean;
  concurrency: number;
  bytesPerSecond: number | undefined;
}

/** Throws an Error whose message is meant for the user. */
export function migrateOptions(args: string[]): MigrateOptions {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'remove-moved': { type: 'boolean', default: false },
      concurrency: { type: 'string', default: '8' },
      'max-mbit': { type: 'string' },
    },
  });
  const from = storeFrom(values.from, 'from');
  const to = storeFrom(values.to, 'to');
  if (from === to) throw new Error('--from and --to must name two different stores.');
  if (values['dry-run'] && values['remove-moved'])
    throw new Error('--dry-run and --remove-moved do not go together.');
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64)
    throw new Error('--concurrency must be a whole number from 1 to 64.');
  const mbit = values['max-mbit'] === undefined ? undefined : Number(values['max-mbit']);
  if (mbit !== undefined && !(mbit > 0)) throw new Error('--max-mbit must be a number above 0.');
  return {
    from,
    to,
    dryRun: values['dry-run'],
    removeMoved: values['remove-moved'],
    concurrency,
    bytesPerSecond: mbit && (mbit * 1_000_000) / 8,
  };
}

function storeFrom(given: string | undefined, option: string): StoreName {
  const store = STORES.find((name) => name === given);
  if (!store) throw new Error(`--${option} must be one of ${STORES.join(', ')}.`);
  return store;
}

/** Why the migration is refused with these settings; undefined if it is allowed. */
export function refusalOf(
  { from, to }: Pick<MigrateOptions, 'from' | 'to'>,
  settings: { STORAGE: StoreName; STORAGE_FALLBACK?: StoreName },
): string | undefined {
  if (settings.STORAGE === to && settings.STORAGE_FALLBACK === from) return undefined;
  return (
    `Set STORAGE=${to} and STORAGE_FALLBACK=${from} for the service and for this command, restart every process of the ` +
    'service, and then run this again: until then new uploads would still go to the old store. --dry-run needs none of that.'
  );
}
