import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';

export interface Form {
  fields: Map<string, string>;
  /** Size of the file, which is now at the given path. */
  bytes: number;
}

/**
 * Reads a multipart/form-data body (RFC 7578) whose last part, if any, is a file. The file is streamed to `path`, so
 * that it does not distort memory measurements in this process.
 */
export async function formFrom(request: IncomingMessage, path: string): Promise<Form> {
  const [, boundary = ''] = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '') ?? [];
  const form: Form = { fields: new Map(), bytes: 0 };
  const file = await open(path, 'w');
  const tail = `\r\n--${boundary}--`.length;
  let inFile = false;
  let held: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (!inFile) {
        const head = held.toString('latin1');
        const content = /filename="[^"]*"\r\n(?:[\w-]+:[^\r\n]*\r\n)*\r\n/.exec(head);
        inFile = content !== null;
        readFields(content ? head.slice(0, content.index) : head, boundary, form.fields);
        if (content) held = held.subarray(content.index + content[0].length);
      }
      if (inFile && held.length > tail) {
        form.bytes += (await file.write(held, 0, held.length - tail)).bytesWritten;
        held = held.subarray(held.length - tail);
      }
    }
  } finally {
    await file.close();
  }
  return form;
}

function readFields(text: string, boundary: string, fields: Map<string, string>): void {
  for (const part of text.split(`--${boundary}\r\n`)) {
    const [, name, value] = /name="([^"]+)"\r\n\r\n([^]*?)\r\n(?:--|$)/.exec(part) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
}
