import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Answer {
  status: string;
  code: string;
  message: string;
}

const MALFORMED: Answer = {
  status: '400 Bad Request',
  code: 'BAD_REQUEST',
  message: 'This is no HTTP request that can be understood.',
};

/** Answers by the error code of Node's parser. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'TOO_LARGE',
    message: 'The headers of the request are larger than 16 KiB: send fewer or shorter ones.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: '413 Payload Too Large',
    code: 'TOO_LARGE',
    message: 'The chunk extensions of the body are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'TIMEOUT',
    message: 'The headers of the request did not arrive in time.',
  },
};

const EXPECTATION = 'The only expectation this server can meet is "100-continue".';

/** Answers requests that cannot be parsed with the same JSON body as other errors: Node's own answers have no body. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // The client is gone, or an answer is in progress of which this one would be taken for a part.
    const { bytesWritten = 0 } = socket as Duplex & { bytesWritten?: number };
    const isAnswered = bytesWritten > 0 && error.code !== 'ERR_HTTP_REQUEST_TIMEOUT' && isAnswering(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswered) return void socket.destroy();
    socket.end(asText(ANSWERS[error.code ?? ''] ?? MALFORMED), () => socket.destroy());
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify({ code: 'EXPECTATION_FAILED', message: EXPECTATION });
    response.writeHead(417, headersOf(body)).end(body);
  });
  // The application refuses a missing host itself, with a sentence.
  Object.assign(server, { requireHostHeader: false });
}

/** Node keeps the answer in progress on the socket. */
function isAnswering(socket: Duplex): boolean {
  return Boolean((socket as Duplex & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent);
}

function asText({ status, code, message }: Answer): string {
  const body = JSON.stringify({ code, message });
  const head = Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status}`, ...head, '', body].join('\r\n');
}

function headersOf(body: string): Record<string, string> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
}
