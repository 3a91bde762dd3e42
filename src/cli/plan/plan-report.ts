import {
  billOf,
  commandsADay,
  freeTiers,
  gigabytes,
  playsADay,
  playsFromCloudinary,
  songsInCloudinary,
  type Bill,
} from '../../capacity/month-bill.js';
import { DAYS, monthOf, type Month, type Plan } from '../../capacity/month-plan.js';
import { PRICES } from '../../capacity/prices.js';
import { tableLines, type Column } from '../table.js';

const count = (value: number) => Math.round(value).toLocaleString('en-GB');
const gb = (bytes: number) => `${gigabytes(bytes).toLocaleString('en-GB', { maximumFractionDigits: 1 })} GB`;
const mb = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
const usd = (dollars: number) => `$${dollars.toFixed(2)}`;
const percent = (share: number) => `${Math.round(100 * share).toLocaleString('en-GB')} %`;
const row = (what: string, value: string) => tableLines([[what, value]], [{ width: 34, gap: 0 }])[0]!;
const BILL_HEAD = ['store', 'stored', 'reads', 'delivered', 'total', 'once: writing'];
const BILL_COLUMNS: Column[] = [
  { width: 8, gap: 0 },
  ...Array.from({ length: 5 }, (): Column => ({ width: 14, align: 'right', gap: 0 })),
];

/** Lines of the report. */
export function report(plan: Plan): string[] {
  const month = monthOf(plan);
  return [
    `${count(plan.songs)} songs of ${Number(plan.minutes.toFixed(1))} minutes, ${count(plan.plays)} plays a month; prices of ${PRICES.lookedUp}`,
    ...amounts(plan, month),
    ...saving(plan, month),
    ...free(plan, month),
    ...billed(month),
    ...hopes(plan, month),
    '',
  ];
}

function amounts(plan: Plan, month: Month): string[] {
  const { song, play } = month;
  const ladder = Object.entries(song.renditions).map(([name, bytes]) => `${name} ${mb(bytes)}`);
  return [
    '',
    'What it takes',
    row(
      'a song',
      `${mb(song.bytes)} in ${count(song.objects)} objects: original ${mb(song.originalBytes)}, ${ladder.join(', ')}`,
    ),
    row(
      'a play',
      `${mb(play.bytes)} in ${count(play.requests)} requests: ${percent(plan.listen)} of the song at ${play.quality}`,
    ),
    row('stored', gb(month.storedBytes)),
    row('to listeners', gb(month.deliveredBytes)),
    row(
      'from the store',
      `${gb(month.originBytes)}, ${count(month.originReads)} reads: the edge answers ${percent(plan.edgeHits)}`,
    ),
    row('database', mb(month.databaseBytes)),
    row(
      'Redis',
      `${count(month.redisCommands)} commands, ${count(commandsADay(month))} a day; ${count(month.redisUploadCommands)} once, for the uploads`,
    ),
  ];
}

function saving(plan: Plan, month: Month): string[] {
  const other = monthOf({ ...plan, capLadder: !plan.capLadder });
  const saved = Math.abs(month.storedBytes - other.storedBytes);
  const share = saved / Math.max(month.storedBytes, other.storedBytes);
  const verb = plan.capLadder ? 'saves' : 'would save';
  return [
    row(
      'LADDER_CAP_TO_SOURCE',
      saved === 0 ? `${verb} nothing here` : `${verb} ${gb(saved)} of it, ${percent(share)}`,
    ),
  ];
}

function free(plan: Plan, month: Month): string[] {
  const needs = freeTiers(month);
  const [worst] = needs;
  const direct = freeTiers(monthOf({ ...plan, edgeHits: 0 }));
  const credits = (tiers: typeof needs) => tiers.find(({ what }) => what.startsWith('Cloudinary'))!.share;
  return [
    '',
    'On free plans (Cloudinary, MongoDB Atlas, Upstash; Cloudflare free before them)',
    ...tableLines(
      needs.map(({ what, share }) => [percent(share), what]),
      [{ width: 9, align: 'right' }],
    ),
    `  Without an edge Cloudinary would be used by ${percent(credits(direct))}.`,
    worst!.share > 1
      ? `  What breaks first: ${worst!.what.split(':')[0]}. What to do: ${worst!.remedy}.`
      : '  It fits.',
  ];
}

function billed(month: Month): string[] {
  const bills = [billOf('R2', PRICES.r2, month), billOf('S3', PRICES.s3, month)];
  return [
    '',
    'At a store that bills by use, Cloudflare free before it, US dollars a month',
    ...tableLines([BILL_HEAD, ...bills.map(billCells)], BILL_COLUMNS),
    `  Redis: ${usd((PRICES.upstash.payAsYouGo.each ?? 0) * month.redisCommands)} at Upstash by use, nothing with one of your own.`,
  ];
}

function billCells({ store, monthly, total, once }: Bill): string[] {
  return [store, ...[...Object.values(monthly), total, once].map(usd)];
}

function hopes(plan: Plan, month: Month): string[] {
  const commands = 10_000;
  return [
    '',
    'What was hoped, and what is',
    row(
      '25 GB hold 5,000 songs of 5 MB',
      `${count(songsInCloudinary(month))} songs of ${mb(month.song.bytes)}, if nobody listens`,
    ),
    row(
      '25 GB deliver 5,000 plays',
      `${count(playsFromCloudinary(month))} plays of ${mb(month.play.bytes)}, if nothing is stored: storage and delivery share the 25 credits`,
    ),
    row(
      '10,000 commands, 10,000 API calls',
      `idling takes ${count(plan.redis.perIdleDay)} a day; what is left is for ${count(playsADay(plan, commands))} plays a day of songs`,
    ),
    row(
      '',
      `nobody played within the minute (${count(plan.redis.perPlay)} commands each); played within it, a song takes none.`,
    ),
    row(
      '',
      `Upstash now counts ${count(PRICES.upstash.free.included)} a month, ${count(PRICES.upstash.free.included / DAYS)} a day.`,
    ),
  ];
}
