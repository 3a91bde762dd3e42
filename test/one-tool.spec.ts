import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ONE_TOOL, withoutComments } from './support/second-tools.js';

const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && existsSync(path));
const codeOf = new Map(sources.map((path) => [path, withoutComments(readFileSync(path, 'utf8'))]));

const tools = ONE_TOOL.map((tool) => [tool.concept, tool] as const);

describe('one tool', () => {
  it.each(tools)('serves all of src for %s', (_, { rule, owners, exceptions, found }) => {
    const second = sources
      .filter((path) => !owners.includes(path) && !(path in exceptions))
      .flatMap((path) => found(codeOf.get(path)!).map((line) => `${path}: ${line}\n  Use ${rule}.`));
    expect(second).toEqual([]);
  });

  it.each(tools)('has no owner and no exception too many for %s', (_, { owners, exceptions, found }) => {
    const idle = [...owners, ...Object.keys(exceptions)].filter(
      (path) => !codeOf.has(path) || (path in exceptions && found(codeOf.get(path)!).length === 0),
    );
    expect(idle).toEqual([]);
  });

  it.each([
    ['retry', /\bfunction\*? retry\b/],
    ['withTimeout', /\bfunction withTimeout\b/],
    ['untilUnchanged', /\bfunction untilUnchanged\b/],
    ['PeriodicTask', /\bclass \w*PeriodicTask\b/],
    ['Claim', /\bclass \w*Claim\b/],
    ['Lease', /\bclass \w*Lease\b/],
  ])('has one definition of %s', (_, definition) => {
    expect(sources.filter((path) => definition.test(codeOf.get(path)!))).toHaveLength(1);
  });
});

describe('a second tool', () => {
  const findingsOf = (concept: string, source: string): string[] => {
    const tool = ONE_TOOL.find((one) => one.concept === concept);
    if (!tool) throw new Error(`there is no tool for ${concept}`);
    return tool.found(withoutComments(source));
  };

  it.each([
    ['periodic work', 'this.timer = setInterval(() => void this.check(), CHECK_MS).unref();'],
    ['a time limit or a pause', 'this.timer = setTimeout(() => this.round(), 5_000);'],
    ['a time limit or a pause', 'const late = new Promise((_, reject) => setTimeout(reject, 300));'],
    ['a time limit of a promise', 'return Promise.race([answer, sleep(500, undefined, { ref: false })]);'],
    ['growing pauses', 'await sleep(FIRST_MS * 2 ** (attempt - 1));'],
    ['growing pauses', 'const pause = BACKOFF_MS * 2 ** delivery.tries.length;'],
    ['growing pauses', 'pause = Math.min(2 * pause, LONGEST_MS);'],
    ['growing pauses', 'pauseMs = Math.min(pauseMs * 2, LONGEST_MS);'],
    ['repeated attempts', 'for (let attempt = 1; ; attempt++) {'],
    ['repeated attempts', 'for (let i = 0; i < MAX_TRIES; i++) {'],
    ['repeated attempts', 'while (tries < 5) {'],
    ['waiting and looking again', 'for (;;) {\n  if (await held()) return;\n  await sleep(50);\n}'],
    ['waiting and looking again', 'while (!isOver) await sleep(POLL_MS);'],
    ['waiting and looking again', 'do {\n  if (!ready) {\n    await sleep(POLL_MS);\n  }\n} while (!ready);'],
    ['a claim that expires', '{ _id, $or: [{ arrangedBy: null }, { arrangedUntil: { $lte: now } }] }'],
    ['a claim that expires', '{\n  $or: [\n    { holder: me },\n    { expiresAt: { $lte: now } },\n  ],\n}'],
    ['a claim that expires', '{ _id: id, claimedUntil: { $lt: now } }'],
  ])('is found for %s in %j', (concept, source) => {
    expect(findingsOf(concept, source)).not.toEqual([]);
  });

  it.each([
    ['periodic work', '// setInterval() would run two rounds at once.'],
    ['a time limit or a pause', 'response.setTimeout(stallMs, () => response.destroy());'],
    ['a time limit or a pause', "import { setTimeout as sleep } from 'node:timers/promises';"],
    ['growing pauses', 'const MOST_BYTES = 2 * 1024 ** 3;'],
    ['repeated attempts', 'for (const rung of ladder) {'],
    [
      'waiting and looking again',
      'for (const step of steps) {\n  step.run(async () => {\n    await sleep(5);\n  });\n}',
    ],
    ['waiting and looking again', 'if (isBusy) {\n  await sleep(5);\n}'],
    ['a claim that expires', '{ $or: [{ title: words }, { artist: words }] }'],
    ['a claim that expires', '{ dueAt: { $lte: now } }'],
  ])('is not seen for %s in %j', (concept, source) => {
    expect(findingsOf(concept, source)).toEqual([]);
  });
});
