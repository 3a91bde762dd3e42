import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { TestServer } from './support/test-server.js';
import { newAccessToken, newPerson } from './support/account-clients.js';
import { completeUpload, createUpload, offsetOf, patch, tusRequest } from './support/pending-uploads.js';
import { uploadSong } from './support/songs.js';
import { sha256Of, UploadTestContext } from './support/upload-context.js';

const MEBIBYTE = 1024 ** 2;
let server: TestServer;
let client: ApiClient;
let context: UploadTestContext;
const song = (seconds?: number, name?: string) => context.song(seconds, name);

beforeAll(async () => {
  context = await UploadTestContext.open();
  ({ server, client } = context);
});

afterAll(() => context?.close());

describe('createUpload', () => {
  it('answers TOO_LARGE, EMPTY, BAD_INPUT and DUPLICATE before a byte is sent', async () => {
    const path = await song();
    const code = async (more: object) =>
      createUpload(client, path, more).then(
        () => 'OK',
        (e) => e.code as string,
      );
    expect(await code({ bytes: 64 * MEBIBYTE + 1 })).toBe('TOO_LARGE');
    expect(await code({ bytes: 0 })).toBe('EMPTY');
    expect(await code({ bytes: 1.5 })).toBe('BAD_INPUT');
    expect(await code({ bytes: -1 })).toBe('BAD_INPUT');
    expect(await code({ sha256: 'not hex' })).toBe('BAD_INPUT');
    expect(await code({ protocol: 'PUT' })).toBe('BAD_INPUT');
    const { id } = await uploadSong(client, path);
    await expect(createUpload(client, path, { sha256: await sha256Of(path) })).rejects.toMatchObject({
      code: 'DUPLICATE',
      details: { songId: id },
    });
  });
});

describe('the tus endpoint', () => {
  it('accepts no byte beyond the announced length', async () => {
    const path = await song();
    const bytes = (await stat(path)).size;
    const upload = await createUpload(client, path, { bytes: bytes - 1 });
    const refused = await patch(client, upload, path);
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([413, 'TOO_LARGE']);
    const unannounced = await fetch(upload.url, {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
        authorization: `Bearer ${client.currentToken}`,
      },
      body: new Blob([await readFile(path)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(unannounced.status).toBe(413);
    expect(await offsetOf(client, upload)).toBeLessThan(bytes);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({
      code: expect.stringMatching(/UPLOAD_INCOMPLETE|TRUNCATED/),
    });
  });

  it('answers every refusal with a code and a sentence as JSON', async () => {
    const path = await song();
    const { url } = await createUpload(client, path);
    const refusal = async (method: string, headers: Record<string, string>, address = url) => {
      const {
        status,
        headers: answered,
        text,
      } = await tusRequest(method, address, client.currentToken, {
        headers,
        ...(method === 'PATCH' ? { body: 'sound' } : {}),
      });
      expect(answered.get('content-type')).toMatch(/^application\/json/);
      expect(answered.get('cache-control')).toBe('no-store');
      const { code, message } = JSON.parse(text) as { code: string; message: string };
      expect(message).toMatch(/^[A-Z"].+\.$/);
      return [status, code];
    };
    const type = { 'content-type': 'application/offset+octet-stream' };
    expect(await refusal('PATCH', { ...type, 'upload-offset': '3' })).toEqual([409, 'CONFLICT']);
    expect(await refusal('PATCH', type)).toEqual([403, 'BAD_REQUEST']);
    expect(await refusal('PATCH', { ...type, 'upload-offset': 'x' })).toEqual([400, 'BAD_REQUEST']);
    expect(await refusal('PATCH', { 'content-type': 'text/plain', 'upload-offset': '0' })).toEqual([
      400,
      'BAD_REQUEST',
    ]);
    expect(await refusal('PATCH', { ...type, 'upload-offset': '0', 'tus-resumable': '0.2.0' })).toEqual([
      400,
      'BAD_REQUEST',
    ]);
    expect(await refusal('DELETE', { 'tus-resumable': '' })).toEqual([412, 'BAD_REQUEST']);
    expect(await refusal('DELETE', {}, `${server.url}/uploads/${'f'.repeat(32)}`)).toEqual([
      404,
      'NOT_FOUND',
    ]);
  });

  it('answers 404 for uploads that createUpload has not made, and creates none by POST', async () => {
    const token = client.currentToken;
    const created = await tusRequest('POST', `${server.url}/uploads/`, token, {
      headers: { 'upload-length': '5' },
    });
    expect(created.status).toBe(404);
    for (const id of ['f'.repeat(32), '..%2f..%2fadmin-credentials.txt', `${'f'.repeat(32)}.json`])
      for (const method of ['HEAD', 'PATCH', 'DELETE', 'GET'])
        expect((await tusRequest(method, `${server.url}/uploads/${id}`, token)).status).toBe(404);
  });

  it('rejects strangers, listeners, other administrators and access tokens that may not upload', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    await patch(client, upload, path, 0, 1000);
    const listener = await newPerson(server.url);
    const other = await newPerson(server.url);
    await client.ask('mutation ($id: ID!) { changeRole(accountId: $id, role: ADMIN) { id } }', {
      id: other.id,
    });
    const reading = (await newAccessToken(client, 'READ')).token;
    const uploading = (await newAccessToken(client, 'UPLOAD')).token;
    const answers = async (token: string) =>
      Promise.all(
        ['HEAD', 'PATCH', 'DELETE', 'GET'].map(
          async (method) =>
            (await tusRequest(method, upload.url, token, { headers: { 'upload-offset': '0' } })).status,
        ),
      );
    expect(await answers('')).toEqual([401, 401, 401, 401]);
    expect(await answers('wrong')).toEqual([401, 401, 401, 401]);
    expect(await answers(listener.client.currentToken)).toEqual([403, 403, 403, 403]);
    expect(await answers(reading)).toEqual([403, 403, 403, 403]);
    expect(await answers(other.client.currentToken)).toEqual([404, 404, 404, 404]);
    await expect(completeUpload(other.client, upload.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // The owner may resume the upload with an access token, too.
    const script = new ApiClient(server.url, uploading);
    expect(await offsetOf(script, upload)).toBe(1000);
    expect((await patch(script, upload, path, 1000)).status).toBe(204);
    await completeUpload(script, upload.id);
  });
});
