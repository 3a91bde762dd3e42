import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** Metrics in platform/metrics that are not measured of every process: each module registers its own. */
function foreignMetrics(text: string): string[] {
  return [...text.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)]
    .map(([, name]) => name!)
    .filter((name) => !/^(graphql_request|http_request|event_loop)_/.test(name));
}

describe('platform/metrics', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src/platform/metrics'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));

  it.each(files)('has no metric of a feature in %s', (path) => {
    expect(foreignMetrics(readFileSync(path, 'utf8'))).toEqual([]);
  });

  it('would be refused with a central class', () => {
    expect(foreignMetrics("new Counter({ name: 'uploads_accepted_total', help: 'x' });")).toEqual([
      'uploads_accepted_total',
    ]);
  });
});
