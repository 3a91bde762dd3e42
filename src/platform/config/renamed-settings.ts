/** Settings that had another name before, by that name. The old one is read until the next release. */
export const RENAMED_SETTINGS: Readonly<Record<string, string>> = {
  PAGE_DIR: 'WEB_DIST_DIR',
  REDIS_SILENCE_SECONDS: 'REDIS_IDLE_POLL_SECONDS',
};

/** The environment under the present names. Where both are set, the present name counts. */
export function underPresentNames(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const known = { ...env };
  for (const [before, now] of Object.entries(RENAMED_SETTINGS)) known[now] ??= env[before];
  return known;
}

/** A sentence for every setting that has an old name in `env`. */
export function renamedSettings(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(RENAMED_SETTINGS)
    .filter(([before]) => env[before])
    .map(([before, now]) => `${before} is called ${now} now; the old name is read until the next release.`);
}
