import { planOptions, USAGE, withLibrary, type LibraryStats } from './plan-options.js';
import { report } from './plan-report.js';

try {
  const { plan, url } = planOptions(process.argv.slice(2));
  const lines = report(url === undefined ? plan : withLibrary(plan, await statsOf(url)));
  process.stdout.write(`\n${lines.join('\n')}`);
} catch (error) {
  process.stderr.write(`\n  ${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}

async function statsOf(url: string): Promise<LibraryStats> {
  const response = await fetch(`${url}/api/streaming/stats`).catch(() => undefined);
  if (!response?.ok) throw new Error(`Nobody answers at ${url}: name a running server.`);
  return (await response.json()) as LibraryStats;
}
