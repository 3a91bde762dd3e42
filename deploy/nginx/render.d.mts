export function renderEdge(options: {
  folder: string;
  origin: string;
  port: number;
  loopbackPort: number;
  jsModule: string;
  cacheSize?: string;
  accessLog?: string;
  aheadLog?: string;
}): Promise<string[]>;
