/** The environment for programs we start: only what they need of our own. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TERM } = process.env;
  return { PATH, HOME, LANG, TERM };
}

/** Sets the folder in which libraries put their temporary files. */
export function useTemporaryFolder(path: string): void {
  process.env.TMPDIR = path;
}
