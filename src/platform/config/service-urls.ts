/** Where this process finds its suppliers, configured or embedded; main and worker provide it before the house opens. */
export abstract class ServiceUrls {
  /** mongodb:// or mongodb+srv:// */
  readonly mongodbUri: string;
  /** redis:// or rediss:// */
  readonly redisUrl: string;
}
