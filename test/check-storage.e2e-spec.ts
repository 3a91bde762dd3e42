import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CloudinaryTestServer } from './support/cloudinary-server.js';
import { runCommand } from './support/command.js';
import { S3TestServer } from './support/s3-server.js';

describe('check:storage', () => {
  let s3: S3TestServer;
  let cloudinary: CloudinaryTestServer;

  beforeAll(async () => {
    s3 = await S3TestServer.start();
    cloudinary = await CloudinaryTestServer.start();
  });
  afterAll(async () => {
    await s3?.close();
    await cloudinary?.close();
  });

  it('passes on a good bucket and removes its objects', async () => {
    const { code, output } = await runCommand('check-storage', [], { STORAGE: 's3', ...s3.env() });
    expect(output).not.toContain('✗');
    expect(output.match(/✓/g)!.length).toBeGreaterThan(5);
    expect(code).toBe(0);
    expect(await s3.keys()).toEqual([]);
  });

  it('passes on Cloudinary', async () => {
    const settings = { STORAGE: 'cloudinary', ...cloudinary.env() };
    expect((await runCommand('check-storage', [], settings)).code).toBe(0);
    expect(cloudinary.publicIds).toEqual([]);
  });

  it('names the failed checks of a store that does not remove objects, and the objects to remove by hand', async () => {
    cloudinary.forgetsToRemove = true;
    const began = Date.now();
    const settings = { STORAGE: 'cloudinary', ...cloudinary.env() };
    const { code, output } = await runCommand('check-storage', [], settings);
    cloudinary.forgetsToRemove = false;
    expect(code).toBe(1);
    expect(output).toMatch(/✗ one object is removed and its neighbours stay/);
    expect(output).toMatch(/✗ a folder is removed/);
    expect(output).toMatch(/✗ nothing is left behind\n.*Remove check-\w+\/ by hand\./);
    expect(Date.now() - began).toBeLessThan(60_000);
  });

  it('reports a wrong key in one sentence', async () => {
    const { code, output } = await runCommand('check-storage', [], {
      STORAGE: 's3',
      ...s3.env(),
      S3_SECRET_ACCESS_KEY: 'not-the-secret',
    });
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /The S3 store refuses the access key: check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY\./,
    );
    expect(output).not.toMatch(/\n\s+at /);
  });
});
