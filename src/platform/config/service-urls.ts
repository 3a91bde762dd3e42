/** URLs of the backing services, configured or embedded; main and worker provide them before the application starts. */
export abstract class ServiceUrls {
  /** mongodb:// or mongodb+srv:// */
  readonly mongodbUri: string;
  /** redis:// or rediss:// */
  readonly redisUrl: string;
}
