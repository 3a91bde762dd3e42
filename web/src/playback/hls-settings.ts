import type { HlsConfig, LoadPolicy } from 'hls.js';
import type { Addresses } from './addresses.js';

/**
 * Measured with `npm run bench:abr`. The first estimate is low, so a cold start begins at the lowest rung and climbs
 * with the first short segments; the factors leave the choice to the true BANDWIDTH and the table.
 */
export const HLS_SETTINGS: Partial<HlsConfig> = {
  abrEwmaDefaultEstimate: 90_000,
  abrBandWidthFactor: 0.95,
  abrBandWidthUpFactor: 0.95,
  // Segments grow from two seconds, and a long average would lag behind a connection that became slower.
  abrEwmaFastVoD: 3,
  abrEwmaSlowVoD: 9,
  maxBufferLength: 30,
  maxMaxBufferLength: 60,
  backBufferLength: 30,
  // The worker of hls.js is a script from a blob: URL, which the page's policy forbids; audio does not need it.
  enableWorker: false,
  startLevel: 0,
  testBandwidth: false,
};

/** An expired ticket is answered with 403; after this many renewals the ticket is not the reason. */
const REFUSALS = 3;

export interface RequestEvents {
  onAsked: (url: string) => void;
  /** Called when more bytes of a file have arrived than in any earlier try; a repeated error page is no progress. */
  onProgress: () => void;
}

/** Loaders that use the song's current URLs; a refused request is repeated under a new ticket. */
export function addressed(addresses: Addresses, defaults: HlsConfig, events: RequestEvents): Partial<HlsConfig> {
  const arrived = new Map<string, number>();
  const open = (xhr: XMLHttpRequest, url: string): void => {
    const address = addresses.of(url);
    events.onAsked(address);
    xhr.addEventListener('progress', ({ loaded }) => {
      if (xhr.status >= 400 || loaded <= (arrived.get(url) ?? 0)) return;
      arrived.set(url, loaded);
      events.onProgress();
    });
    xhr.open('GET', address, true);
  };
  const renewing = ({ default: policy }: LoadPolicy): LoadPolicy => ({
    default: {
      ...policy,
      errorRetry: {
        ...policy.errorRetry!,
        shouldRetry: (_config, count, _isTimeout, response, retry) => {
          if (response?.code !== 403) return retry;
          void addresses.renew();
          return count < REFUSALS;
        },
      },
    },
  });
  return {
    xhrSetup: (xhr, url) => (addresses.pending ? addresses.pending.then(() => open(xhr, url)) : open(xhr, url)),
    manifestLoadPolicy: renewing(defaults.manifestLoadPolicy),
    playlistLoadPolicy: renewing(defaults.playlistLoadPolicy),
    fragLoadPolicy: renewing(defaults.fragLoadPolicy),
  };
}
