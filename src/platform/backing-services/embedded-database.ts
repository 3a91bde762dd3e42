import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { every, retry } from '../async/retry.js';
import { openPrivateFolder } from '../files/private-folder.js';
import { SupervisedChild, type ChildPlan } from './supervised-child.js';

/** The database of a server that was killed a moment ago may still be closing its files. */
const AFTER_PREDECESSOR = {
  ...every(200),
  withinMs: 10_000,
  isTransient: (error: unknown) => /in use by another/.test((error as Error).message),
};
const PROGRAM = createRequire(import.meta.url).resolve('@ladder/embedded-mongo/main');

/** Starts the document database as a child process, which ends by itself when its channel to this process closes. */
export async function startEmbeddedDatabase(
  folder: string,
): Promise<{ uri: string; child: SupervisedChild }> {
  await openPrivateFolder(folder);
  const plan = new DatabasePlan(folder);
  const child = await retry(() => SupervisedChild.start(plan), AFTER_PREDECESSOR);
  return { uri: `mongodb://127.0.0.1:${plan.port}/music?directConnection=true`, child };
}

class DatabasePlan implements ChildPlan {
  readonly name = 'Embedded database';
  /** 0 until the first start has chosen a port; later starts reuse it, because the server is connected to it. */
  port = 0;

  constructor(private readonly folder: string) {}

  async launch(): Promise<ChildProcess> {
    const args = [PROGRAM, '--data', this.folder, '--port', String(this.port)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
  }

  async ready(child: ChildProcess, signal: AbortSignal): Promise<void> {
    const [message] = (await once(child, 'message', { signal })) as [{ port: number }];
    this.port = message.port;
  }
}
