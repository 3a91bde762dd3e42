import { rm } from 'node:fs/promises';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Node, where temporary folders (temp-dir.ts) outlive every hook of their spec file: a server that a hook ends may write
 * there until it has ended.
 */
export default class TempDirEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.tempDirs = [];
  }

  async teardown() {
    const { tempDirs } = this.global;
    await super.teardown();
    await Promise.all(
      tempDirs.map((path) => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })),
    );
  }
}
