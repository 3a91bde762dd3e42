/** New names of renamed settings, by the old name. The old name is read until the next release. */
export const RENAMED_SETTINGS: Readonly<Record<string, string>> = {
  PAGE_DIR: 'WEB_DIST_DIR',
  REDIS_SILENCE_SECONDS: 'REDIS_IDLE_POLL_SECONDS',
};

/** The environment with new names only. Where both names are set, the new one counts. */
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
