import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

const OP_MSG = 2013;
/** Header, flags, and the kind of the first section; behind them begins its BSON document. */
const DOCUMENT_AT = 16 + 4 + 1;
const STRING = 2;

/** Stands between a house and its database and listens to what is asked. */
export class DatabaseTap {
  /** "find songs", in the order they passed. */
  readonly commands: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly uri: string,
  ) {}

  static async open(uri: string): Promise<DatabaseTap> {
    const { port, hostname } = new URL(uri);
    const server = createServer((house) => {
      const database = connect(Number(port), hostname);
      let unread = Buffer.alloc(0);
      house.on('data', (bytes: Buffer) => (unread = tap.listen(Buffer.concat([unread, bytes]))));
      house.pipe(database).pipe(house);
      for (const socket of [house, database]) socket.on('error', () => (house.destroy(), database.destroy()));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const target = new URL(uri);
    target.port = String((server.address() as AddressInfo).port);
    const tap = new DatabaseTap(server, target.href);
    return tap;
  }

  /** What `act` made the house ask of these collections. */
  async during(collections: string[], act: () => Promise<unknown>): Promise<string[]> {
    const from = this.commands.length;
    await act();
    return this.commands.slice(from).filter((command) => collections.includes(command.split(' ')[1]!));
  }

  close(): void {
    this.server.close();
  }

  /** Reads whole messages; the rest comes back. */
  private listen(bytes: Buffer): Buffer<ArrayBuffer> {
    let rest = bytes;
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      if (rest.readInt32LE(12) === OP_MSG) this.commands.push(commandOf(rest.subarray(DOCUMENT_AT, length)));
      rest = rest.subarray(length);
    }
    return Buffer.from(rest);
  }
}

/** A command's name is its document's first key, the collection that key's value. */
function commandOf(document: Buffer): string {
  const nameEnd = document.indexOf(0, 5);
  const name = document.toString('utf8', 5, nameEnd);
  if (document[4] !== STRING) return `${name} -`;
  const length = document.readInt32LE(nameEnd + 1);
  return `${name} ${document.toString('utf8', nameEnd + 5, nameEnd + 4 + length)}`;
}
