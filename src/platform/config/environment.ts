/** What a program we start needs of our own environment, and no more. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TERM } = process.env;
  return { PATH, HOME, LANG, TERM };
}

/** Where libraries that ask the environment put their temporary files. */
export function useTemporaryFolder(path: string): void {
  process.env.TMPDIR = path;
}
