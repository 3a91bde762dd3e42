import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { DatabaseServer } from '../../src/database-server.js';
import type { Client, Collection } from './embedded-mongo.js';
import { tempDir } from '../../../../test/support/temp-dir.js';

const TTL_INTERVAL_MS = 100;

/** The embedded server inside the test process, with a data folder of its own. */
export class InProcessServer {
  private constructor(
    private readonly server: DatabaseServer,
    readonly port: number,
  ) {}

  static async start(): Promise<InProcessServer> {
    const directory = tempDir('embedded-database');
    const server = new DatabaseServer({ directory, port: 0, ttlIntervalMs: TTL_INTERVAL_MS });
    return new InProcessServer(server, await server.listen());
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    await this.server.stop();
  }
}

/**
 * The server of the conformance tests: the one at MONGODB_URI, or else an embedded one in this process. Tests write to a
 * separate database, which is dropped afterwards.
 */
export class ConformanceDatabase {
  readonly db: mongoose.mongo.Db;
  private readonly name = `conformance-${randomUUID().slice(0, 8)}`;

  private constructor(
    readonly client: Client,
    private readonly serverUri: string,
    private readonly embedded: InProcessServer | undefined,
  ) {
    this.db = client.db(this.name);
  }

  /** Connects to MONGODB_URI if it is set; else, and always with `embedded`, starts an embedded server. */
  static async start(kind: 'embedded' | 'any' = 'any'): Promise<ConformanceDatabase> {
    const given = kind === 'any' ? process.env['MONGODB_URI'] : undefined;
    const embedded = given ? undefined : await InProcessServer.start();
    const uri = given ?? embedded!.uri;
    const client = await new mongoose.mongo.MongoClient(uri, { serverSelectionTimeoutMS: 5000 }).connect();
    return new ConformanceDatabase(client, uri, embedded);
  }

  /** The address of the tests' database. */
  get uri(): string {
    const uri = new URL(this.serverUri);
    uri.pathname = `/${this.name}`;
    return uri.toString();
  }

  /** A new, empty collection. */
  fresh(): Collection {
    return this.db.collection(`c${randomUUID().slice(0, 8)}`);
  }

  /** A new collection of `count` documents. */
  async filled(count: number, make: (n: number) => object): Promise<Collection> {
    const docs = this.fresh();
    await docs.insertMany(Array.from({ length: count }, (_, n) => make(n)));
    return docs;
  }

  /** The major version that the server announces. */
  async major(): Promise<number> {
    const { version } = await this.db.admin().command({ buildInfo: 1 });
    return Number(String(version).split('.')[0]);
  }

  async close(): Promise<void> {
    await this.db.dropDatabase();
    await this.client.close();
    await this.embedded?.close();
  }
}
