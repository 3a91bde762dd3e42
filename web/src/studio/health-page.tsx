import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { bytes, count } from '../design/format.js';
import { Failed, Skeleton } from '../design/notice.js';
import { BarChart } from './bar-chart.js';

const CAPACITY = graphql(`
  query Capacity {
    capacity {
      songs
      totalBytes
      originalBytes
      coverBytes
      averageSongBytes
      renditions {
        name
        bytes
      }
      stores {
        name
        current
        originalBytes
        generationBytes
        coverBytes
      }
      limits {
        resource
        name
        unit
        limit
        used
        songsLeft
        playsLeft
        warning
        advice
      }
      states {
        queued
        transcoding
        ready
        failed
      }
      queue {
        waiting
        active
        delayed
        failed
      }
      cache {
        processHits
        redisHits
        misses
      }
      measuredAt
    }
  }
`);

interface Health {
  status: string;
  details: Record<string, { status: string; message?: string; advice?: string }>;
}

const REFRESH_MS = 10_000;
/** Counting the queue takes four Redis commands, which a hosted Redis may bill. */
const REFRESH_CAPACITY_MS = 30_000;

/** The health of the server and its dependencies, and the remaining capacity. */
export function HealthPage() {
  const capacity = useQuery({ queryKey: ['capacity'], refetchInterval: REFRESH_CAPACITY_MS, queryFn: ({ signal }) => ask(CAPACITY, {}, signal) });
  const health = useQuery({
    queryKey: ['health'],
    refetchInterval: REFRESH_MS,
    // A 503 is not an error here: its body has the reasons.
    queryFn: async ({ signal }): Promise<Health> => (await (await fetch('/health', { signal })).json()) as Health,
  });
  return (
    <div className="grid gap-6">
      <Card title="Dependencies">
        {health.isError && <Failed error={health.error} onRetry={() => void health.refetch()} />}
        {health.isPending && <Skeleton className="h-20" />}
        {health.data && <Dependencies health={health.data} />}
      </Card>
      {capacity.isError && <Failed error={capacity.error} onRetry={() => void capacity.refetch()} />}
      {capacity.isPending && <Skeleton className="h-96" />}
      {capacity.data && <CapacityCards {...capacity.data.capacity} />}
    </div>
  );
}

const Dependencies = ({ health }: { health: Health }) => (
  <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
    {Object.entries(health.details).map(([name, { status, message, advice }]) => (
      <li key={name} className="flex items-start gap-2 text-sm">
        {status === 'up' ? <CircleCheck size={18} className="shrink-0 text-good" aria-hidden /> : <CircleX size={18} className="shrink-0 text-danger" aria-hidden />}
        <span>
          <span className="font-medium capitalize">{name}</span> <span className="text-muted">{status}</span>
          {status !== 'up' && <span className="block text-danger">{[message, advice].filter(Boolean).join(' ')}</span>}
        </span>
      </li>
    ))}
  </ul>
);

type Capacity = ResultOf<typeof CAPACITY>['capacity'];

function CapacityCards({ songs, totalBytes, originalBytes, coverBytes, averageSongBytes, renditions, stores, limits, states, queue, cache }: Capacity) {
  const lookups = cache.processHits + cache.redisHits + cache.misses;
  const share = (part: number) => (lookups ? `${Math.round((100 * part) / lookups)} %` : '–');
  return (
    <>
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        <Figure name="Songs" value={count(songs)} />
        <Figure name="Stored" value={bytes(totalBytes)} />
        <Figure name="A song weighs" value={bytes(averageSongBytes)} />
        <Figure name="Answered from memory" value={share(cache.processHits + cache.redisHits)} />
      </div>
      <div className="grid gap-6 lg:grid-cols-2">
        <Card title="Storage by quality">
          <BarChart
            bars={[
              { name: 'Original', value: originalBytes },
              ...renditions.map(({ name, bytes: value }) => ({ name, value })),
              { name: 'Covers', value: coverBytes },
            ]}
            format={bytes}
          />
          <ul className="mt-4 grid gap-1 text-xs text-muted">
            {stores.map((store) => (
              <li key={store.name}>
                {bytes(store.originalBytes + store.generationBytes + store.coverBytes)} in {store.name}
                {!store.current && ', where nothing new goes'}
              </li>
            ))}
          </ul>
        </Card>
        <Card title="Songs and queue">
          <BarChart
            bars={[
              { name: 'Ready', value: states.ready },
              { name: 'Being made', value: states.transcoding },
              { name: 'Queued', value: states.queued },
              { name: 'Failed', value: states.failed, isBad: true },
            ]}
            format={count}
          />
          <p className="mt-4 text-xs text-muted">
            {queue
              ? `Jobs: ${count(queue.active)} active, ${count(queue.waiting)} waiting, ${count(queue.delayed)} put off, ${count(queue.failed)} failed.`
              : 'Redis does not answer, so the queue cannot be counted.'}
          </p>
        </Card>
        <Card title="Capacity">
          <ul className="grid gap-4">
            {limits.map((limit) => (
              <Limit key={limit.resource} {...limit} />
            ))}
          </ul>
        </Card>
        <Card title="Cache">
          <BarChart
            bars={[
              { name: 'This process', value: cache.processHits },
              { name: 'Redis', value: cache.redisHits },
              { name: 'Database', value: cache.misses },
            ]}
            format={(value) => `${count(value)} · ${share(value)}`}
          />
        </Card>
      </div>
    </>
  );
}

function Limit({ name, unit, limit, used, songsLeft, playsLeft, warning, advice }: Capacity['limits'][number]) {
  const left = songsLeft !== null ? `${count(songsLeft)} songs left` : playsLeft !== null ? `${count(playsLeft)} plays a day left` : null;
  return (
    <li className="text-sm">
      <div className="mb-1 flex justify-between gap-4">
        <span className="font-medium">{name}</span>
        <span className={warning ? 'text-danger' : 'text-muted'}>{left ?? (used === null ? 'not measured yet' : `${count(used)} ${unit}`)}</span>
      </div>
      <progress aria-label={name} value={Math.min(used ?? 0, limit)} max={limit} className="bar" />
      {advice && <p className="mt-1 text-xs text-danger">{advice}</p>}
    </li>
  );
}

const Card = ({ title, children }: { title: string; children: ReactNode }) => (
  <section aria-label={title} className="rounded-2xl border border-line bg-raised p-4 md:p-6">
    <h2 className="mb-4 text-base font-bold">{title}</h2>
    {children}
  </section>
);

const Figure = ({ name, value }: { name: string; value: string }) => (
  <div className="rounded-2xl border border-line bg-raised p-4">
    <p className="text-xs text-muted">{name}</p>
    <p className="mt-1 text-xl font-bold tabular-nums">{value}</p>
  </div>
);
